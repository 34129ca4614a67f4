import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  @Test func aCheckLeavesNothingBehind() throws {
    try withTemporaryFile { path in
      try AtomicFile.check(path)
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
      let error = thrown(FileError.self) { try AtomicFile.check("\(path)/none/file") }
      #expect("\(error.map { "\($0)" } ?? "")".hasPrefix("\(path)/none/file cannot be written"))
    }
  }

  @Test func aSymbolicLinkStaysOneAndItsTargetGetsTheContents() throws {
    try withTemporaryFile("target") { target in
      try Data([1]).write(to: URL(fileURLWithPath: target))
      let link = "\(target)-link"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "target")
      try AtomicFile.write(to: link) { try $0.append([2, 3]) }
      #expect(try contents(target) == [2, 3])
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "target")
    }
  }

  @Test func pipesAndFoldersAreNotReplaced() throws {
    try withTemporaryFile { path in
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      #expect(mkfifo(path, 0o600) == 0)
      for target in [path, folder, "\(folder)/."] {
        let error = thrown(FileError.self) {
          try AtomicFile.write(to: target) { (file: borrowing AtomicFile) throws in try file.append([1]) }
        }
        #expect(error?.isBadInput == true)
      }
      var status = stat()
      #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(names == ["file"])
    }
  }

  @Test func aFailureLeavesTheOldContentsAndNothingElse() throws {
    struct Failure: Error {}
    try withTemporaryFile { path in
      try Data([7]).write(to: URL(fileURLWithPath: path))
      #expect(throws: Failure.self) {
        try AtomicFile.write(to: path) { file in
          try file.append([1, 2, 3])
          throw Failure()
        }
      }
      #expect(try contents(path) == [7])
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
    }
  }
}
