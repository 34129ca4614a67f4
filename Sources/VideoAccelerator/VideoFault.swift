import Preprocessing
import Tensors
import Video

/// Errors that are about one video, and do not keep others from being processed.
package enum VideoFault {
  /// Returns what is wrong with a video; nil if something else is at fault, which would affect the next video too.
  package static func reason(_ error: any Error, isAbout path: String) -> String? {
    switch error {
    case let error as VideoError: "\(error)"
    case let error as FileError where error.path == path: "\(error)"
    case let error as PreprocessingError: "\(displayName(ofPath: path)): \(error)"
    default: nil
    }
  }
}
