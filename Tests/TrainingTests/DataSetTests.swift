import Foundation
import TestSupport
import Tensors
import Testing

@testable import Training

/// Sets of files that only need names.
@Suite struct DataSetTests {
  private func make(_ folder: String, _ files: [String]) throws {
    for file in files {
      let url = URL(fileURLWithPath: "\(folder)/\(file)")
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      if !file.hasSuffix("/") { try Data().write(to: url) }
    }
  }

  private func relative(_ set: DataSet, _ folder: String) -> [String] {
    set.samples.map { "\($0.path.dropFirst(folder.count + 1)) \($0.label)" }
  }

  @Test func foldersAreClasses() throws {
    try withTemporaryFolder { folder in
      try make(
        folder,
        [
          "walk/b.mp4", "walk/a.MOV", "jump/x y.mkv", "jump/.hidden.mp4", "jump/notes.txt", ".git/c.mp4", "bend/z.avi",
          "loose.mp4", "empty/readme.md",
        ])
      let set = try DataSet(folder: folder)
      #expect(set.classes == ["bend", "empty", "jump", "walk"])
      #expect(relative(set, folder) == ["bend/z.avi 0", "jump/x y.mkv 2", "walk/a.MOV 3", "walk/b.mp4 3"])
      #expect(set.counts == [1, 0, 1, 2])
      #expect(set.warnings.count == 2)
      #expect(set.warnings.contains { $0.contains("no video of class \"empty\"") })
      #expect(set.warnings.contains { $0.contains("\"loose.mp4\"") })
      let ordered = try DataSet(folder: folder, classes: ["walk", "jump", "bend"])
      #expect(relative(ordered, folder) == ["walk/a.MOV 0", "walk/b.mp4 0", "jump/x y.mkv 1", "bend/z.avi 2"])
      #expect(throws: DataSetError.unknownClass(list: folder, line: nil, name: "walk", known: ["jump", "bend"])) {
        try DataSet(folder: folder, classes: ["jump", "bend"])
      }
    }
  }

  @Test func foldersThatNothingCanBeLearnedFromAreRefused() throws {
    try withTemporaryFolder { folder in
      try make(folder, ["flat/a.mp4", "flat/b.mp4", "one/walk/a.mp4", "none/walk/a.txt", "bare/readme.md"])
      let flat = thrown(DataSetError.self) { try DataSet(folder: "\(folder)/flat") }
      #expect(flat == .videosWithoutClasses(folder: "\(folder)/flat", example: "a.mp4"))
      let one = thrown(DataSetError.self) { try DataSet(folder: "\(folder)/one") }
      #expect(one == .singleClass(name: "\(folder)/one", class: "walk"))
      for name in ["none", "bare"] {
        let none = thrown(DataSetError.self) { try DataSet(folder: "\(folder)/\(name)") }
        #expect(none == .noVideos(name: "\(folder)/\(name)"))
      }
      let missing = thrown(FileError.self) { try DataSet(folder: "\(folder)/missing") }
      #expect(missing?.description == "\(folder)/missing does not exist")
      let file = thrown(FileError.self) { try DataSet(folder: "\(folder)/flat/a.mp4") }
      #expect(file?.description.contains("cannot be read as a folder") == true)
    }
  }

  @Test func trainAndValAreRecognised() throws {
    try withTemporaryFolder { folder in
      try make(
        folder, ["train/a/1.mp4", "train/a/2.mp4", "train/b/1.mp4", "val/a/3.mp4", "val/b/4.mp4", "test/c/1.mp4"])
      let split = try DataSplit(at: folder)
      #expect(split.training.classes == ["a", "b"] && split.training.samples.count == 3)
      #expect(split.validation.classes == ["a", "b"] && split.validation.samples.count == 2)
      try make(folder, ["val/c/1.mp4"])
      let error = thrown(DataSetError.self) { try DataSplit(at: folder) }
      #expect(error == .unknownClass(list: "\(folder)/val", line: nil, name: "c", known: ["a", "b"]))
    }
  }

  @Test func heldOutVideosStayWhereTheyAreWhenOthersCome() throws {
    try withTemporaryFolder { folder in
      let names = (0..<200).map { "\($0 % 4 == 0 ? "a" : "b")/v\($0).mp4" }
      try make(folder, names)
      let split = try DataSplit(at: folder, heldOut: 0.25)
      let held = Set(split.validation.samples.map(\.path))
      #expect(held.isDisjoint(with: split.training.samples.map(\.path)))
      #expect(split.training.samples.count + held.count == 200)
      #expect((30...70).contains(held.count))
      #expect(split.validation.counts.allSatisfy { $0 > 0 })
      #expect(try DataSplit(at: folder, heldOut: 0.25) == split)
      try make(folder, (200..<260).map { "\($0 % 4 == 0 ? "a" : "b")/v\($0).mp4" })
      let grown = try DataSplit(at: folder, heldOut: 0.25)
      let now = Set(grown.validation.samples.map(\.path))
      #expect(now.isSuperset(of: held))
      #expect(now.subtracting(held).isDisjoint(with: split.training.samples.map(\.path)))
      for share in [0, 1, -1, Double.nan] {
        #expect(thrown(DataSetError.self) { try DataSplit(at: folder, heldOut: share) } != nil)
      }
    }
  }

  @Test func smallClassesAreOnBothSides() throws {
    try withTemporaryFolder { folder in
      try make(folder, (0..<20).flatMap { ["c\($0)/1.mp4", "c\($0)/2.mp4"] } + ["single/1.mp4"])
      let split = try DataSplit(at: folder, heldOut: 0.1)
      #expect(split.validation.counts == [Int](repeating: 1, count: 20) + [0])
      #expect(split.training.counts == [Int](repeating: 1, count: 21))
      #expect(split.training.warnings.contains { $0.contains("one video alone of \"single\"") })
    }
  }

  @Test func labelsPastTheClassesAreRefused() {
    #expect(throws: DataSetError.labelOutOfRange(list: "set", line: nil, label: "2", classCount: 2)) {
      try DataSet(
        name: "set", root: "", classes: ["a", "b"], samples: [.init(path: "a", label: 0), .init(path: "b", label: 2)])
    }
  }

  @Test func tenThousandClassesWork() throws {
    let classes = (0..<10_000).map { "class \($0)" }
    let samples = (0..<20_000).map { DataSet.Sample(path: "/videos/\($0).mp4", label: $0 % 10_000) }
    let set = try DataSet(name: "many", root: "/videos", classes: classes, samples: samples)
    let split = try DataSplit(set, heldOut: 0.5)
    #expect(split.training.counts.allSatisfy { $0 == 1 } && split.validation.counts.allSatisfy { $0 == 1 })
    let lines = samples.map { "\($0.path),class \($0.label)" }.joined(separator: "\n")
    let error = thrown(DataSetError.self) {
      try DataSet.kinetics(
        TextList(path: "list", bytes: Array(lines.utf8)), root: "/", classes: classes, leavesOutMissing: false)
    }
    #expect(error == .missingFiles(list: "list", line: 1, path: "/videos/0.mp4", count: 20_000, of: 20_000))
  }
}
