import Reports
import VideoAccelerator

extension PageOrigin {
  /// Returns the origin of a page that this command makes.
  static func command(threads: Int? = nil) -> PageOrigin {
    PageOrigin(arguments: ["accelerator"] + commandLineArguments, threads: threads)
  }
}
