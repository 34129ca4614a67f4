/// Observes each step of each worker. The loops that run a plan are generic over it, so that it costs an ordinary run
/// nothing.
protocol StepWatch {
  /// Called by a worker before its share of a step.
  func willRun(step: Int, clip: Int, worker: Int)
  /// Called by a worker after its share of a step.
  func didRun(step: Int, clip: Int, worker: Int)
}

/// The watch of an ordinary run.
struct Unwatched: StepWatch {
  func willRun(step: Int, clip: Int, worker: Int) {}
  func didRun(step: Int, clip: Int, worker: Int) {}
}
