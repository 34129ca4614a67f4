import Reports
import VideoAccelerator

/// Shows how far a batch is, on a terminal in a line that changes, else in a line now and then; and a summary.
final class BatchReport {
  private let files: BatchFiles
  private let start = ContinuousClock.now
  private var lastShown = ContinuousClock.now

  init(_ files: BatchFiles) { self.files = files }

  private var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

  /// Shows the progress, if it is time to.
  func show(_ progress: BatchProgress) {
    let isFirst = progress.finished == progress.resumed
    if isFirst, progress.resumed > 0 {
      Terminal.log("resumed: \(progress.resumed) of \(progress.total.of("video")) are finished")
    }
    let pause: Duration = Terminal.isInteractive ? .milliseconds(100) : .seconds(30)
    guard ContinuousClock.now - lastShown >= pause || (isFirst && Terminal.isInteractive) else { return }
    lastShown = .now
    let text = progress.text(after: seconds)
    if Terminal.isInteractive { Terminal.progress(text) } else { Terminal.log(text) }
  }

  /// Prints what is finished in the end.
  func finish(_ progress: BatchProgress) {
    Terminal.endProgress()
    let here = progress.finished - progress.resumed
    let time = "in \(seconds.fixed(1)) s (\(BatchProgress.text(ofRate: Double(here) / max(seconds, 1e-3))))"
    let share = here == 0 ? "" : progress.resumed == 0 ? " \(time)" : ", \(here) of them \(time)"
    let results = "\(progress.finished - progress.failed) in \(files.results.printable)"
    let failures = progress.failed == 0 ? "" : ", \(progress.failed) failed: \(files.failures.printable)"
    Terminal.log("\(progress.finished) of \(progress.total.of("video"))\(share): \(results)\(failures)")
    if !progress.isComplete { Terminal.note("interrupted: --resume goes on with the rest") }
  }
}
