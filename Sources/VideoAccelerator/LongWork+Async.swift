import Autotune
import Models
import Passes
import Quantization
import Reports
import Training

// The asynchronous variants of long work run on a thread of their own, and end soon after their task is cancelled.

extension Model {
  /// Returns the model in deployable form in int8, without blocking the caller's thread.
  ///
  /// - Parameters:
  ///   - target: The target device.
  ///   - quantizer: How to quantize it.
  ///   - clips: The clips to calibrate with, some of which are held out to compare on.
  ///   - progress: Called on another thread with each clip that is run.
  /// - Throws: What the synchronous method throws; `CancellationError` before the next clip if the task is cancelled.
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
  /// Measures and chooses kernels, without blocking the caller's thread.
  ///
  /// - Parameters:
  ///   - budget: The approximate time for measuring.
  ///   - progress: Called on another thread with the progress.
  /// - Throws: What the synchronous method throws; `CancellationError` before the next round if the task is cancelled.
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
  /// Trains, without blocking the caller's thread.
  ///
  /// If the task is cancelled during a training step, the step is finished and a checkpoint saved, from which a run can
  /// resume. If it is cancelled during validation or quantization, that is abandoned, and a run resumes from the
  /// previous checkpoint.
  ///
  /// - Parameters:
  ///   - resumes: Whether to continue the run in the output folder.
  ///   - origin: How the run was made, for the footer of its page.
  ///   - progress: Called on another thread with a line that describes the progress.
  ///   - log: Called on another thread with a line for each epoch and each notice.
  /// - Throws: What the synchronous method throws; `CancellationError` if the task is cancelled.
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
