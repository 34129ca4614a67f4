import Foundation
import Tensors
import TestSupport
import Testing
import VideoAccelerator

/// Lists of videos in all forms.
@Suite struct BatchListTests {
  @Test func aLineIsAPathOrAnObjectWithOne() throws {
    let text = """
      a.mp4\r

      {"path": "b.mp4", "label": 3}
      /data/c d.mp4
      ./{odd}.mp4
      {"path":"\\u00e9.mp4"}
      """
    let list = try BatchList(lines: Array(text.utf8), name: "list", folder: "videos")
    #expect(list.paths == ["videos/a.mp4", "videos/b.mp4", "/data/c d.mp4", "videos/./{odd}.mp4", "videos/é.mp4"])
    let here = try BatchList(lines: Array("a.mp4".utf8), name: "list")
    #expect(here.paths == ["a.mp4"])
  }

  @Test func pathsAreRelativeToTheManifestsFolder() throws {
    try withTemporaryFolder { folder in
      try "x.mp4\n".write(toFile: "\(folder)/list.txt", atomically: true, encoding: .utf8)
      #expect(try BatchList(manifest: "\(folder)/list.txt").paths == ["\(folder)/x.mp4"])
    }
  }

  @Test func eachVideoIsTakenOnceAndNamesThatOnlyLookTheSameAreOthers() throws {
    let text = "a.mp4\nb.mp4\na.mp4\n{\"path\":\"b.mp4\"}\n\u{E9}.mp4\ne\u{301}.mp4\n"
    let list = try BatchList(lines: Array(text.utf8), name: "list")
    #expect(list.paths.count == 4 && list.duplicates == 2)
  }

  @Test func namesNeedNotBeUTF8() throws {
    let bytes = Array("caf".utf8) + [0xE9] + Array(".mp4".utf8)
    let path = try BatchList(lines: bytes + [0x0A], name: "list").paths[0]
    #expect(PathText.bytes(of: path) == bytes)
    // As a result or a failure has it.
    let line = Array(JSON.object(["path": .string(path)]).text().utf8)
    #expect(try BatchList(lines: line, name: "list").paths == [path])
  }

  @Test(
    arguments: [
      ("a.mp4\n{\"path\":\"b\n", "byte"), ("{\"file\":\"a.mp4\"}", "\"path\" is missing"),
      ("{\"path\":3}", "must be a string"), ("a\u{0}b\n", "zero byte"),
    ])
  func whatIsNoListIsRefused(_ text: String, _ reason: String) {
    let error = thrown(FormatError.self) { try BatchList(lines: Array(text.utf8), name: "list.txt") }
    #expect(error?.description.contains(reason) == true && error?.path == "list.txt", "\(error.map { "\($0)" } ?? "")")
  }

  @Test func aListWithoutVideosIsRefused() throws {
    for text in ["", "\n\r\n"] {
      let error = thrown(BatchError.self) { try BatchList(lines: Array(text.utf8), name: "list.txt") }
      #expect(error == .noVideos(list: "list.txt"))
    }
    try withTemporaryFolder { folder in
      #expect(thrown(BatchError.self) { try BatchList(folder: folder) } == .noVideos(list: folder))
    }
  }

  @Test func aFolderStandsForItsVideos() throws {
    try withTemporaryFolder { folder in
      try SmallVideos.write(classes: ["b", "a"], to: folder)
      try "notes".write(toFile: "\(folder)/notes.txt", atomically: true, encoding: .utf8)
      let list = try BatchList(folder: folder)
      #expect(list.paths.count == 8 && list.paths[0] == "\(folder)/a/0.mp4")
      #expect(list.skipped.files.map(\.path) == ["\(folder)/notes.txt"])
    }
  }
}
