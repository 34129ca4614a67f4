import Tensors
import Foundation
import MessagePassing
import VideoAccelerator

/// The settings that follow from the options of `accelerator finetune`.
extension Finetune {
  /// Returns all options, with the defaults for those that are not given.
  func withDefaults() -> Finetune {
    var command = self
    // For int8 the model is trained already, and only adapts to the rounding.
    let isInteger = precision == .int8
    let optimizer = optimizer ?? .adamw
    command.modelOptions.requestedModel = modelOptions.model
    command.precision = precision ?? .fp32
    command.epochs = epochs ?? (isInteger ? 3 : 20)
    command.batchSize = batchSize ?? 8
    command.accumulate = accumulate ?? 1
    command.optimizer = optimizer
    command.lr = lr ?? (optimizer == .adamw ? 0.001 : 0.05) * (isInteger ? 0.1 : 1)
    command.warmUp = warmUp ?? 0.05
    command.weightDecay = weightDecay ?? (optimizer == .adamw ? 0.05 : 5e-5)
    command.labelSmoothing = labelSmoothing ?? 0.1
    command.mixup = mixup ?? 0
    command.freeze = freeze ?? Freezing.none
    command.seed = seed ?? 0
    // Processes on one machine share its cores.
    command.threads = threads ?? max(1, ProcessInfo.processInfo.activeProcessorCount / LaunchedRanks.countOnHost)
    command.loaderThreads = loaderThreads ?? 2
    command.cacheMb = cacheMb ?? 0
    return command
  }

  /// Returns the options with absolute paths.
  func withAbsolutePaths() -> Finetune {
    let absolute = { (path: String?) in path.map { FileSystem.absolutePath(of: $0) ?? $0 } }
    var command = self
    if let model = modelOptions.requestedModel, !ModelRequest.names.contains(model) {
      command.modelOptions.requestedModel = absolute(model)
    }
    command.modelOptions.checkpoint = absolute(modelOptions.checkpoint)
    command.data = absolute(data)
    command.validation = absolute(validation)
    return command
  }

  /// The training settings.
  var settings: TrainingSettings {
    var settings = TrainingSettings()
    let epochs = epochs ?? settings.epochs
    settings.epochs = epochs
    settings.batchSize = batchSize ?? settings.batchSize
    settings.accumulation = accumulate ?? settings.accumulation
    settings.method =
      optimizer == .sgd
      ? .sgd(momentum: 0.9, isNesterov: true) : .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
    settings.weightDecay = weightDecay ?? settings.weightDecay
    settings.learningRate = LearningRate(peak: lr ?? 0.001, warmUp: warmUp ?? 0.05)
    settings.labelSmoothing = labelSmoothing ?? settings.labelSmoothing
    settings.averageDecay = ema
    settings.frozenEpochs = freeze == .backbone ? unfreezeAfter ?? epochs : 0
    settings.patience = patience
    settings.seed = seed ?? 0
    settings.threads = threads ?? 1
    settings.recomputesActivations = recomputeActivations
    return settings
  }

  /// The augmentation.
  var augmentation: Augmentation {
    var augmentation = Augmentation()
    augmentation.flips = !noFlip
    augmentation.mixup = mixup ?? 0
    if centerCrop {
      augmentation.cropsAnywhere = false
      augmentation.scale = nil
    }
    return augmentation
  }

  /// Returns the recipe of the clips, if it is not the model's own; nil if it is.
  func recipe(of model: Model) throws -> ClipRecipe? {
    if cropSize == nil, samplingRate == nil { return nil }
    let own = try model.requiredRecipe()
    let cropSize = cropSize ?? own.cropSize
    return try ClipRecipe(
      frameCount: own.frameCount, samplingRate: samplingRate ?? own.samplingRate,
      shortSide: max(own.shortSide * cropSize / own.cropSize, cropSize), cropSize: cropSize, mean: own.mean,
      standardDeviation: own.standardDeviation, framesPerSecond: own.framesPerSecond)
  }
}
