/// Is told of each step that a worker does; the loops that run a plan are generic over it, so that an ordinary run has no
/// trace of it.
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
