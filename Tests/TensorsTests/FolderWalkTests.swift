import Foundation
import TestSupport
import Testing

@testable import Tensors

/// Every file below a folder is found, or counted with the reason why not.
@Suite struct FolderWalkTests {
  private func make(_ folder: String, _ files: [String]) throws {
    for file in files {
      try FileSystem.makeFolder(FileSystem.folder(of: "\(folder)/\(file)"))
      try AtomicFile.write(to: "\(folder)/\(file)") { try $0.append([1]) }
    }
  }

  @Test func everyFileIsFoundOrCounted() throws {
    try withTemporaryFolder { folder in
      let latin = PathText.text(of: [0x63, 0x61, 0x66, 0xE9])
      try make(
        folder, ["b/2.mp4", "b/10/1.mp4", "a", "\(latin)/x.mp4", ".git/HEAD", ".DS_Store", "__MACOSX/b/._2.mp4"])
      #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
      #expect(symlink("nowhere", "\(folder)/dead") == 0)
      let walk = try FolderWalk("\(folder)/")
      #expect(walk.files == ["a", "b/10/1.mp4", "b/2.mp4", "\(latin)/x.mp4"].map { "\(folder)/\($0)" })
      #expect(walk.skipped.files.count == 5)
      #expect(
        walk.skipped.summary
          == "skipped: 5 files (2 hidden; 1 broken link: dead; 1 macOS metadata: ._2.mp4; 1 not a regular file: pipe)")
      #expect(
        thrown(FileError.self) { try FolderWalk("\(folder)/a") }?.description.contains("read as a folder") == true)
      #expect(thrown(FileError.self) { try FolderWalk("\(folder)/none") } != nil)
      try make(folder, ["empty/x"])
      try FileSystem.delete("\(folder)/empty/x")
      #expect(try FolderWalk("\(folder)/empty").files.isEmpty)
    }
  }

  @Test func linksInCirclesEnd() throws {
    try withTemporaryFolder { folder in
      try make(folder, ["a/1.mp4", "z/2.mp4"])
      for (target, link) in [("..", "a/up"), (".", "a/self"), ("../z", "a/z"), ("../a", "z/a")] {
        #expect(symlink(target, "\(folder)/\(link)") == 0)
      }
      let walk = try FolderWalk(folder)
      #expect(walk.files == ["a/1.mp4", "a/z/2.mp4"].map { "\(folder)/\($0)" })
      #expect(Set(walk.skipped.files.map(\.reason)) == ["link to a folder that was read already"])
      // Links that double at each level do not double the work.
      for level in 0..<40 {
        try make(folder, ["l\(level)/f"])
        for side in ["x", "y"] { #expect(symlink("../l\(level + 1)", "\(folder)/l\(level)/\(side)") == 0) }
      }
      #expect(try FolderWalk("\(folder)/l0").files.count == 40)
    }
  }
}
