import Tensors
import Video
import VideoAccelerator

/// The videos that arguments name: files, folders with their subfolders, and patterns that the shell did not expand.
struct VideoInputs {
  private(set) var paths: [String] = []

  /// - Throws: `UsageError` for a folder without videos and a pattern without a match, `FileError` for a folder that
  ///   cannot be read.
  init(_ arguments: [String]) throws {
    for argument in arguments {
      if FileSystem.isFolder(argument) {
        try add(folder: argument)
      } else if argument.contains(where: { "*?[".contains($0) }), !FileSystem.exists(argument) {
        let matches = PathPattern(argument).matches()
        guard !matches.isEmpty else { throw UsageError("no file matches '\(argument.printable)'") }
        for path in matches {
          if FileSystem.isFolder(path) { try add(folder: path) } else { paths.append(path) }
        }
      } else {
        paths.append(argument)
      }
    }
  }

  private mutating func add(folder: String) throws {
    let found = try VideoFolder(folder)
    if let skipped = found.skipped.summary { Terminal.log("\(folder.printable): \(skipped)") }
    guard !found.videos.isEmpty else { throw UsageError("\(folder.printable) contains no videos") }
    paths += found.videos
  }
}

extension VideoInputs {
  /// Prints a warning of what is wrong with a video that was used, if anything.
  static func warn(of damage: String?) {
    guard let damage else { return }
    Terminal.endProgress()
    Terminal.warning(damage)
  }
}
