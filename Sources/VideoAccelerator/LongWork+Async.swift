import Autotune
import Models
import Passes
import Quantization
import Reports
import Training

// With await, what takes long works on a thread of its own, and ends soon after its task is cancelled.

extension Model {
  /// The model in deployable form in integers, without keeping the caller's thread.
  ///
  /// - Parameters:
  ///   - target: The device.
  ///   - quantizer: How ranges are found.
  ///   - clips: What ranges are made of, and what is compared on.
  ///   - progress: Called on a thread of the work with each clip that is run.
  /// - Throws: What the method without `await` throws; `CancellationError` before the next clip once the task is cancelled.
  public func deployed(
    for target: any TargetDevice, quantizedBy quantizer: Quantizer, clips: [Calibration.Clip],
    progress: @escaping @Sendable (Quantizer.Progress) -> Void = { _ in }
  ) async throws -> QuantizedModel {
    try await onOwnThread { interruption in
      try deployed(for: target, quantizedBy: quantizer, clips: clips) {
        try interruption()
        progress($0)
      }
    }
  }
}

extension Tuner {
  /// Measures and chooses, without keeping the caller's thread.
  ///
  /// - Parameters:
  ///   - budget: About how long to measure.
  ///   - progress: Called on a thread of the work.
  /// - Throws: What the method without `await` throws; `CancellationError` before the next round once the task is cancelled.
  public func tune(
    budget: Duration, progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) async throws -> TuningResult {
    try await onOwnThread { interruption in
      try tune(budget: budget) {
        try interruption()
        progress($0)
      }
    }
  }
}

extension FineTuning {
  /// Trains, without keeping the caller's thread.
  ///
  /// Once the task is cancelled, the step that is being done is finished and a checkpoint saved, from which a run resumes; a validation
  /// or a quantization that is being done is given up, and a run resumes from the checkpoint before.
  ///
  /// - Parameters:
  ///   - resumes: Whether to go on with the run in the output folder.
  ///   - origin: What the foot of the run's page says of how it came to be.
  ///   - progress: Called on a thread of the work with a line for people.
  ///   - log: Called on a thread of the work with each epoch and each thing that a person should know.
  /// - Throws: What the method without `await` throws; `CancellationError` once the task is cancelled.
  public func run(
    resumes: Bool = false, origin: PageOrigin = PageOrigin(),
    progress: @escaping @Sendable (String) -> Void = { _ in }, log: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> Result {
    try await onOwnThread { interruption in
      let isCancelled = { (try? interruption()) == nil }
      let result = try run(
        resumes: resumes, origin: origin, shouldStop: isCancelled, interruption: interruption, progress: progress,
        log: log)
      if result.ending == .interrupted { try interruption() }
      return result
    }
  }
}
