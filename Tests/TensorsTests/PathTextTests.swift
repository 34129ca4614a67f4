import Foundation
import TestSupport
import Testing

@testable import Tensors

/// File names are bytes: whatever they are, they come back, can be opened and can be printed.
@Suite struct PathTextTests {
  /// Names as bytes: Latin-1, a lone continuation, an overlong slash, a surrogate, cut off, what stands for bytes itself.
  static let names: [[UInt8]] = [
    Array("plain.mp4".utf8), Array("café 日本 🎬.mp4".utf8), [0x63, 0x61, 0x66, 0xE9, 0x2E, 0x6D], [0x80], [0xFF, 0xFE],
    [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xE6, 0x97], [0xF0, 0x9F, 0x8E, 0x41], [0xF4, 0x90, 0x80, 0x80],
    Array("\u{10FEE9}".utf8), Array("\u{10FE7F}\u{10FF00}".utf8), Array("cafe\u{301}".utf8),
    [0x0A, 0x1B, 0x5B, 0x32, 0x4A],
  ]

  @Test(arguments: names) func everyNameComesBack(bytes: [UInt8]) {
    let text = PathText.text(of: bytes)
    #expect(PathText.bytes(of: text) == bytes)
    #expect(text.withPath { String(cString: $0) == String(decoding: bytes, as: UTF8.self) })
    #expect(text.withPath { String(path: $0) } == text)
    if let plain = String(validatingCString: bytes.map(CChar.init(bitPattern:)) + [0]), !plain.contains("\u{10FEE9}") {
      #expect(text == plain)
    }
  }

  @Test func randomBytesComeBack() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
        UInt8.random(in: 1...255, using: &generator)
      }
      #expect(PathText.bytes(of: PathText.text(of: bytes)) == bytes)
    }
  }

  @Test func namesArePrintedWithoutWhatATerminalObeys() {
    for (bytes, shown) in [
      ([0x63, 0xE9, 0x2E], "c\\xE9."), ([0x1B, 0x5B, 0x41], "\\u{1b}[A"), ([0x61, 0x0A], "a\\u{a}"),
      (Array("a\u{202E}b\u{2028}".utf8), "a\\u{202e}b\\u{2028}"), (Array("日本é.mp4".utf8), "日本é.mp4"),
    ] as [([UInt8], String)] {
      #expect(displayName(ofPath: PathText.text(of: bytes)) == shown)
      #expect("\(FileError(path: PathText.text(of: bytes), reason: "is empty"))" == "\(shown) is empty")
    }
  }

  @Test func filesOfAnyNameAreWrittenListedAndRead() throws {
    try withTemporaryFolder { folder in
      let names = Self.names.map(PathText.text(of:))
      for (index, name) in names.enumerated() {
        try AtomicFile.write(to: "\(folder)/\(name)") { try $0.append([UInt8(index)]) }
      }
      #expect(Set(try FileSystem.names(in: folder).map(PathText.bytes(of:))) == Set(Self.names))
      for (index, name) in names.enumerated() {
        #expect(try MappedFile(path: "\(folder)/\(name)").copy(0..<1) == [UInt8(index)])
        try AppendedFile(path: "\(folder)/\(name)").append([7])
        #expect(FileSystem.status(of: "\(folder)/\(name)")?.size == 2)
        try FileSystem.delete("\(folder)/\(name)")
      }
      #expect(try FileSystem.names(in: folder).isEmpty)
    }
  }

  @Test func foldersAreMadeWithThoseAboveThem() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a/\(PathText.text(of: [0xE9]))/c/"
      try FileSystem.makeFolder(path)
      try FileSystem.makeFolder(path)
      #expect(FileSystem.isFolder(path))
      try AtomicFile.write(to: "\(folder)/file") { try $0.append([1]) }
      let error = thrown(FileError.self) { try FileSystem.makeFolder("\(folder)/file/x") }
      #expect(error?.description == "\(folder)/file/x cannot be made: Not a directory")
    }
  }

  @Test func pathsAreTakenApart() {
    for (path, parent, name) in [
      ("a/b.mp4", "a", "b.mp4"), ("a/b/", "a", "b"), ("b", ".", "b"), ("/b", "/", "b"), ("/", "/", "/"), ("", ".", ""),
      ("a/\u{301}b", "a", "\u{301}b"), ("a//b", "a/", "b"),
    ] {
      #expect(FileSystem.folder(of: path) == parent && FileSystem.name(of: path) == name, "\(path)")
    }
  }

  @Test func aPathWithANULNamesNothing() {
    #expect(FileSystem.status(of: "/\u{0}") == nil)
    #expect(thrown(FileError.self) { try MappedFile(path: "/dev/null\u{0}") }?.isBadInput == true)
  }
}
