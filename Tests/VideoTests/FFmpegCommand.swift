import Foundation
import Testing

/// The ffmpeg command, which makes files that our own encoder does not: scripts/setup --tests installs it.
enum FFmpegCommand {
  private static let candidates = ["/usr/bin/ffmpeg", "/usr/local/bin/ffmpeg", "/opt/homebrew/bin/ffmpeg"]

  /// Where it is.
  static let path = candidates.first { FileManager.default.isExecutableFile(atPath: $0) }

  /// Whether tests that need it are run: always where all tests must, so that they fail rather than being left out.
  static let isThere = path != nil || ProcessInfo.processInfo.environment["CI"] != nil

  /// The repository's clip of 210 frames in 7 s, beside the file that is being compiled.
  static let sample = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Samples/portrait-pan.mp4").path

  /// Runs the command with arguments in the form of a command line, in which `$S` is ``sample``.
  ///
  /// - Returns: Whether it succeeded.
  @discardableResult
  static func run(_ line: String, in folder: URL, output: URL? = nil) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(path, "ffmpeg is not installed: scripts/setup --tests"))
    process.arguments =
      ["-v", "quiet", "-nostdin", "-y"] + line.split(separator: " ").map { $0 == "$S" ? sample : String($0) }
    process.currentDirectoryURL = folder
    process.standardError = FileHandle.nullDevice
    if let output {
      try Data().write(to: output)
      process.standardOutput = try FileHandle(forWritingTo: output)
    }
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
