import Reports
import VideoAccelerator

extension PageOrigin {
  /// A page that this command makes.
  static func command(threads: Int? = nil) -> PageOrigin {
    PageOrigin(arguments: ["accelerator"] + commandLineArguments, threads: threads)
  }
}
