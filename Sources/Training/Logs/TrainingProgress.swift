import Foundation

/// The progress of training as a line for a terminal: loss, accuracy of the epoch so far, speed, and the time left.
public struct TrainingProgress: Sendable {
  private let epoch: Int
  private let epochCount: Int
  private let stepsPerEpoch: Int
  private var step: Int
  private var loss = Double.nan
  private var correct = 0
  private var clips = 0
  /// The recent duration of a step, and the number of its clips.
  private var secondsPerStep: Double?
  private var clipsPerStep = 0.0

  /// Creates the progress of an epoch.
  ///
  /// - Parameters:
  ///   - epoch: The epoch, counted from 0.
  ///   - epochCount: The number of epochs.
  ///   - stepsPerEpoch: The number of steps in an epoch.
  ///   - step: The number of the epoch's steps that are done already.
  ///   - earlier: The progress of the epoch before it, for its speed.
  public init(
    epoch: Int, of epochCount: Int, stepsPerEpoch: Int, from step: Int = 0, after earlier: TrainingProgress? = nil
  ) {
    self.epoch = epoch
    self.epochCount = epochCount
    self.stepsPerEpoch = stepsPerEpoch
    self.step = step
    secondsPerStep = earlier?.secondsPerStep
    clipsPerStep = earlier?.clipsPerStep ?? 0
  }

  /// Adds a step.
  ///
  /// - Parameters:
  ///   - loss: The loss of the step's batch.
  ///   - correct: The number of clips whose class was predicted.
  ///   - clips: The number of clips in the batch.
  ///   - seconds: The duration of the step, including the wait for its clips.
  public mutating func add(loss: Double, correct: Int, clips: Int, seconds: Double) {
    step += 1
    self.loss = loss
    self.correct += correct
    self.clips += clips
    // Mostly the last dozen steps.
    let weight = secondsPerStep == nil ? 1 : 0.08
    secondsPerStep = weight * seconds + (1 - weight) * (secondsPerStep ?? 0)
    clipsPerStep = weight * Double(clips) + (1 - weight) * clipsPerStep
  }

  /// The recent number of clips trained on per second; NaN before the first step.
  public var clipsPerSecond: Double { secondsPerStep.map { clipsPerStep / max($0, 1e-9) } ?? .nan }

  /// The seconds until the end of the last epoch at the recent speed; NaN before the first step.
  public var secondsLeft: Double {
    let steps = (epochCount - epoch - 1) * stepsPerEpoch + stepsPerEpoch - step
    return secondsPerStep.map { $0 * Double(max(steps, 0)) } ?? .nan
  }

  /// `epoch 3/20 · step 120/450 · loss 1.2345 · accuracy 56.3 % · 12.4 clips/s · 1:02:03 left`.
  public var line: String {
    let width = "\(stepsPerEpoch)".count
    let number = String(repeating: " ", count: max(0, width - "\(step)".count)) + "\(step)"
    let accuracy = clips > 0 ? "\(Self.decimals(100 * Double(correct) / Double(clips), 1)) %" : "–"
    return [
      "epoch \(epoch + 1)/\(epochCount)", "step \(number)/\(stepsPerEpoch)", "loss \(Self.decimals(loss, 4))",
      "accuracy \(accuracy)", "\(Self.decimals(clipsPerSecond, 1)) clips/s", "\(Self.time(secondsLeft)) left",
    ].joined(separator: " · ")
  }

  private static func decimals(_ value: Double, _ count: Int) -> String {
    value.isNaN ? "–" : String(format: "%.\(count)f", value)
  }

  /// Returns seconds as `0:09`, `12:34` or `1:02:03`.
  private static func time(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "–" }
    let whole = Int(seconds.rounded())
    let minutes = String(format: whole >= 3600 ? "%02d" : "%d", whole / 60 % 60)
    return (whole >= 3600 ? "\(whole / 3600):" : "") + minutes + String(format: ":%02d", whole % 60)
  }
}
