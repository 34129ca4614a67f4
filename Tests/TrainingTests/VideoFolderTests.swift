import Foundation
import Preprocessing
import TestSupport
import Tensors
import Testing
import Video

/// What is a video is told by what is in a file, whatever it is called.
@Suite struct VideoFolderTests {
  private func write(_ path: String, container: String = "mp4") throws {
    try withTemporaryFile("clip.\(container)") { made in
      try VideoWriter.write(to: made, width: 32, height: 24) { writer in
        for index in 0..<4 {
          let pixels = [UInt8](repeating: UInt8(index * 40), count: 32 * 24 * 3)
          try writer.append(Frame(width: 32, height: 24, pixels: pixels, timestamp: Double(index) / 30))
        }
      }
      let bytes = try MappedFile(path: made)
      try AtomicFile.write(to: path) { try $0.append(bytes.copy(0..<bytes.count)) }
    }
  }

  @Test func contentsSayWhatIsAVideo() throws {
    try withTemporaryFolder { folder in
      let latin = PathText.text(of: Array("caf".utf8) + [0xE9] + Array(".mp4".utf8))
      try write("\(folder)/plain")
      try write("\(folder)/clip.MTS", container: "ts")
      try write("\(folder)/movie.txt", container: "mkv")
      try write("\(folder)/\(latin)")
      for (name, text) in [
        ("program.ts", "const a: number = 1;\n"), ("notes.txt", "walk\n"), ("empty", ""), ("labels.json", "{}"),
      ] { try AtomicFile.write(to: "\(folder)/\(name)") { try $0.append(Array(text.utf8)) } }
      let found = try VideoFolder(folder)
      #expect(found.videos.map { FileSystem.name(of: $0) } == [latin, "clip.MTS", "movie.txt", "plain"])
      #expect(found.skipped.summary == "skipped: 4 files (4 not a video: empty, labels.json, notes.txt, …)")
      // What is called a video shows its faults when it is read.
      try AtomicFile.write(to: "\(folder)/broken.mp4") { try $0.append([1, 2, 3]) }
      #expect(try VideoFolder(folder).videos.contains("\(folder)/broken.mp4"))
    }
  }

  @Test func videosOfAnyNameAreReadAndWritten() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/\(PathText.text(of: Array("caf".utf8) + [0xE9] + Array(".mkv".utf8)))"
      try VideoWriter.write(to: path, width: 32, height: 24) { writer in
        try writer.append(
          Frame(width: 32, height: 24, pixels: [UInt8](repeating: 9, count: 32 * 24 * 3), timestamp: 0))
      }
      #expect(try VideoReader(path: path).nextFrame()?.width == 32)
      try AtomicFile.write(to: path) { try $0.append([1]) }
      let error = thrown(VideoError.self) { try VideoReader(path: path) }
      #expect(error?.description.contains("/caf\\xE9.mkv is not a readable video") == true)
    }
  }
}
