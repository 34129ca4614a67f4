import Foundation
import IR
import Preprocessing
import Training

extension TrainingReport {
  /// Returns the settings of a run as text.
  package static func settings(
    _ settings: TrainingSettings, _ augmentation: Augmentation, _ recipe: ClipRecipe, _ split: DataSplit,
    precision: Precision
  ) -> [SettingGroup] {
    [
      SettingGroup(
        "Data",
        [
          ("data", split.training.name), ("training videos", "\(split.training.samples.count)"),
          ("validation videos", "\(split.validation.samples.count)"),
          ("classes", "\(split.training.classes.count)"),
        ]),
      SettingGroup("Clips", clips(recipe)), SettingGroup("Augmentation", augmentations(augmentation, recipe)),
      SettingGroup("Optimization", optimization(settings)),
      SettingGroup(
        "Run",
        [
          ("epochs", "\(settings.epochs)"), ("batch size", "\(settings.batchSize)"),
          ("gradient accumulation", settings.accumulation == 1 ? "none" : "\(settings.accumulation) batches"),
          ("early stopping", settings.patience.map { "after \(epochs($0)) without improvement" } ?? "none"),
          ("frozen backbone", settings.frozenEpochs == 0 ? "no" : "first \(epochs(settings.frozenEpochs))"),
          ("precision", precision.rawValue), ("random seed", "\(settings.seed)"), ("threads", "\(settings.threads)"),
        ]),
    ]
  }

  private static func clips(_ recipe: ClipRecipe) -> [(name: String, value: String)] {
    [
      (
        "frames",
        "\(recipe.frameCount), every \(ordinal(recipe.samplingRate)) at \(plain(recipe.framesPerSecond)) per second"
      ),
      ("length", "\(recipe.duration.fixed(2)) s"), ("crop", "\(recipe.cropSize) × \(recipe.cropSize) pixels"),
      ("short side", "\(recipe.shortSide) pixels"),
      ("mean", recipe.mean.map { plain(Double($0)) }.joined(separator: ", ")),
      ("standard deviation", recipe.standardDeviation.map { plain(Double($0)) }.joined(separator: ", ")),
    ]
  }

  private static func augmentations(
    _ augmentation: Augmentation, _ recipe: ClipRecipe
  ) -> [(name: String, value: String)] {
    let color = augmentation.color
    let colors = [("brightness", color.brightness), ("contrast", color.contrast), ("saturation", color.saturation)]
      .filter { $0.1 > 0 }.map { "\($0.0) ±\(percent($0.1))" }
    return [
      ("start", augmentation.startsAnywhere ? "random" : "as in classification"),
      (
        "short side",
        augmentation.scale.map { scale in
          let (low, high) = (scale.lowerBound * Double(recipe.cropSize), scale.upperBound * Double(recipe.cropSize))
          return "\(low.fixed(0)) to \(high.fixed(0)) pixels"
        } ?? "fixed"
      ), ("crop", augmentation.cropsAnywhere ? "random" : "center"),
      ("horizontal flips", augmentation.flips ? "half of the clips" : "none"),
      ("color", colors.isEmpty ? "unchanged" : colors.joined(separator: ", ")),
      ("mixup", augmentation.mixup > 0 ? "α \(plain(augmentation.mixup))" : "none"),
    ]
  }

  private static func optimization(_ settings: TrainingSettings) -> [(name: String, value: String)] {
    let method =
      switch settings.method {
      case .adamW(let beta1, let beta2, let epsilon):
        "AdamW, β₁ \(plain(Double(beta1))), β₂ \(plain(Double(beta2))), ε \(plain(Double(epsilon)))"
      case .sgd(let momentum, let isNesterov):
        "SGD, momentum \(plain(Double(momentum)))\(isNesterov ? ", Nesterov" : "")"
      }
    let rate = settings.learningRate
    let decay =
      switch rate.decay {
      case .constant: "constant"
      case .cosine: "cosine to 0"
      case .steps(let shares, let factor):
        "times \(plain(factor)) at \(shares.map(percent).joined(separator: ", ")) of the run"
      }
    return [
      ("optimizer", method), ("peak learning rate", plain(rate.peak)),
      ("warm-up", rate.warmUp > 0 ? "\(percent(rate.warmUp)) of the run" : "none"), ("decay", decay),
      ("weight decay", plain(Double(settings.weightDecay))),
      ("label smoothing", plain(Double(settings.labelSmoothing))),
      ("gradient clipping", settings.largestNorm.map { "norm \(plain($0))" } ?? "none"),
      ("weight averaging (EMA)", settings.averageDecay.map { "decay \(plain($0))" } ?? "none"),
    ]
  }

  private static func epochs(_ count: Int) -> String { "\(count) epoch\(count == 1 ? "" : "s")" }

  private static func percent(_ share: Double) -> String { "\(plain(share * 100)) %" }

  /// Returns a number with up to six significant digits and no trailing zeros.
  private static func plain(_ value: Double) -> String { String(format: "%.6g", value) }

  /// Returns an ordinal as in "every 12th frame".
  private static func ordinal(_ number: Int) -> String {
    if number == 1 { return "one" }
    let ending =
      switch (number % 10, number % 100) {
      case (_, 11...13): "th"
      case (1, _): "st"
      case (2, _): "nd"
      case (3, _): "rd"
      default: "th"
      }
    return "\(number)\(ending)"
  }
}
