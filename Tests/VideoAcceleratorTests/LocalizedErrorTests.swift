import Tensors
import IR
import CPU
import Video
import Models
import Zoo
import Foundation
import Testing
import VideoAccelerator

/// Apps show `localizedDescription`.
@Suite struct LocalizedErrorTests {
  @Test(
    arguments: [
      FileError(path: "clip.mp4", reason: "is a directory"), VideoError.noFrames(path: "clip.mp4"),
      ModelRequestError.noWeights(model: "x3d_s"), RuntimeError.threadCount(0), GraphError.malformed("x"),
      VideoClassifierError.notFinite(model: "m"), ModelError.noRecipe(model: "m"), ZooError.noCacheFolder,
    ] as [any UserFacingError])
  func theLocalizedDescriptionIsTheSentence(_ error: any UserFacingError) {
    #expect((error as any Error).localizedDescription == error.description)
  }

  /// Every public error type of the libraries is in the list of conformances, and names no option of the command line.
  @Test func everyPublicErrorTypeIsLocalized() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources")
    let list = try String(
      contentsOf: sources.appendingPathComponent("VideoAccelerator/LocalizedErrors.swift"), encoding: .utf8)
    let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var found = 0
    for case let file as URL in files
    where file.pathExtension == "swift" && !file.path.contains("/Sources/accelerator/") {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /public (?:enum|struct) (\w+): UserFacingError/) {
        found += 1
        // Above this module, the conformance is beside the type.
        #expect((list + text).contains("extension \(match.1): LocalizedError"), "\(match.1)")
      }
      for line in text.split(separator: "\n") where line.contains(/"[^"]*[ ']--[a-z][a-z-]+/) {
        let isComment = line.drop { $0 == " " }.hasPrefix("//")
        #expect(isComment, "\(file.lastPathComponent) names an option: \(line)")
      }
    }
    #expect(found >= 20)
  }
}
