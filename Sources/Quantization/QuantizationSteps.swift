/// The progress of quantization as a whole: each clip that is run is a step, and their number is roughly known
/// beforehand.
final class QuantizationSteps {
  private let progress: (Quantizer.Progress) throws -> Void
  private var done = 0
  private var total = 1

  init(_ progress: @escaping (Quantizer.Progress) throws -> Void) { self.progress = progress }

  /// Counts the steps; each comparison runs all clips that are compared.
  func plan(_ quantizer: Quantizer, _ run: QuantizationRun, calibration: Int, others: Int) {
    let compared = run.comparedClips.count
    let candidates = run.mayEqualize ? 2 : 1
    let attempts = quantizer.observer == nil ? Quantizer.observersToTry.count : 1
    // The original, each attempt, the report's comparison and its values.
    total = candidates * calibration + (attempts + candidates + 2) * compared + 3 * others
    guard quantizer.budget != nil else { return }
    let nodes = run.points.nodes.count
    // Each layer's noise; then a search, and putting back about as many layers as the search looks at.
    let searched = 2 * (Int.bitWidth - nodes.leadingZeroBitCount)
    total += nodes * (compared + 1) + searched * (compared + others)
  }

  /// Reports a step, with the share of the whole.
  func step(_ step: Quantizer.Progress) throws {
    done += 1
    var step = step
    // It is not complete before it ends, even if it takes longer than planned.
    step.share = min(Double(done) / Double(total), 0.99)
    try progress(step)
  }
}
