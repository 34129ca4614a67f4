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
      #expect(set.classes == ["bend", "jump", "walk"])
      #expect(relative(set, folder) == ["bend/z.avi 0", "jump/x y.mkv 1", "walk/a.MOV 2", "walk/b.mp4 2"])
      #expect(set.counts == [1, 1, 2])
      #expect(set.warnings == ["no class is made of folders without a video: \"empty\""])
      #expect(
        set.skippedFiles.summary
          == "skipped: 5 files (2 hidden; 2 not a video: readme.md, notes.txt; 1 in no class's folder: loose.mp4)")
      let ordered = try DataSet(folder: folder, classes: ["walk", "jump", "bend"])
      #expect(relative(ordered, folder) == ["walk/a.MOV 0", "walk/b.mp4 0", "jump/x y.mkv 1", "bend/z.avi 2"])
      #expect(throws: DataSetError.unknownClass(list: folder, line: nil, name: "walk", known: ["jump", "bend"])) {
        try DataSet(folder: folder, classes: ["jump", "bend"])
      }
    }
  }

  @Test func classesMayHaveFoldersForTrainingAndValidation() throws {
    try withTemporaryFolder { folder in
      try make(
        folder,
        ["a/train/1.mp4", "a/train/x/2.mp4", "a/Val/3.mp4", "b/train/1.mp4", "b/Val/2.mp4", "b/test/3.mp4"])
      let split = try DataSplit(at: folder)
      #expect(relative(split.training, folder) == ["a/train/1.mp4 0", "a/train/x/2.mp4 0", "b/train/1.mp4 1"])
      #expect(relative(split.validation, folder) == ["a/Val/3.mp4 0", "b/Val/2.mp4 1"])
      #expect(split.training.skippedFiles.files.map(\.path) == ["\(folder)/b/test/3.mp4"])
      #expect(try relative(DataSet(judgingAt: folder), folder) == relative(split.validation, folder))
      // Folders by other names are parts of a class.
      try make(folder, ["a/more/4.mp4"])
      #expect(try DataSplit(at: folder).training.samples.count > 3)
    }
  }

  @Test(arguments: [["a/1.mp4", "b/1.mp4", "c/1.mp4"], ["a/1.mp4", "a/2.mp4", "a/3.mp4", "b/1.mp4"]])
  func whatCannotBeHeldOutIsTold(files: [String]) throws {
    try withTemporaryFolder { folder in
      try make(folder, files)
      let error = thrown(DataSetError.self) { try DataSplit(at: folder) }
      #expect(error?.description.contains("can be held out, as it has one alone of \"") == true)
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
      #expect(missing?.description == "\(folder)/missing cannot be read as a folder: No such file or directory")
      let file = thrown(FileError.self) { try DataSet(folder: "\(folder)/flat/a.mp4") }
      #expect(file?.description.contains("cannot be read as a folder") == true)
    }
  }

  /// Every file on the disk is in a set or counted.
  @Test func whatIsAVideoAndWhatAClassIsToldByContents() throws {
    try withTemporaryFolder { folder in
      let latin = PathText.text(of: [0x63, 0x61, 0x66, 0xE9])
      try make(
        folder,
        [
          "walk/deep/er/a.mp4", "walk/b.m2ts", "jump/c.ogv", "jump/d.vob", "jump/e.f4v", "__MACOSX/walk/._b.m2ts",
          ".DS_Store", "walk/Thumbs.db",
        ])
      try FileSystem.makeFolder("\(folder)/nothing/at/all")
      for name in ["\(latin)/\(latin).mp4", "\(latin)/x.asf"] {
        try FileSystem.makeFolder("\(folder)/\(latin)")
        try AtomicFile.write(to: "\(folder)/\(name)") { try $0.append([1]) }
      }
      let clip = "\(folder)/jump/no-extension"
      try VideoSet.write("\(folder)/made.mkv", frames: 2, width: 16, height: 16, hue: 3)
      #expect(rename("\(folder)/made.mkv", clip) == 0)
      let set = try DataSet(folder: folder)
      #expect(set.classes == [latin, "jump", "walk"])
      #expect(set.counts == [2, 4, 2])
      #expect(set.samples.contains { $0.path == clip } && set.samples.contains { $0.path.hasSuffix("deep/er/a.mp4") })
      #expect(set.skippedFiles.files.count == 3 && set.warnings.count == 1)
      for sample in set.samples { #expect(FileSystem.exists(sample.path), "\(sample.path)") }
    }
  }

  @Test(arguments: [
    ("train", "val"), ("train", "valid"), ("Train", "Val"), ("training", "validation"), ("train", "test"),
    ("TRAIN", "dev"),
  ]) func partsOfASetAreRecognised(train: String, val: String) throws {
    try withTemporaryFolder { folder in
      try make(
        folder,
        [
          "\(train)/a/1.mp4", "\(train)/a/2.mp4", "\(train)/b/1.mp4", "\(val)/a/3.mp4", "\(val)/b/4.mp4",
          "labels.csv", "more/5.mp4", "__MACOSX/x",
        ])
      let split = try DataSplit(at: folder)
      #expect(split.training.classes == ["a", "b"] && split.training.samples.count == 3)
      #expect(split.validation.classes == ["a", "b"] && split.validation.samples.count == 2)
      #expect(split.training.skippedFiles.files.count == 3)
      #expect(split.training.skippedFiles.summary?.contains("2 beside \(train) and \(val): labels.csv, 5.mp4") == true)
      #expect(try DataSet(judgingAt: folder).samples == split.validation.samples)
      try make(folder, ["\(val)/c/1.mp4"])
      let error = thrown(DataSetError.self) { try DataSplit(at: folder) }
      #expect(error == .unknownClass(list: "\(folder)/\(val)", line: nil, name: "c", known: ["a", "b"]))
    }
  }

  @Test func aFolderCalledTrainMayBeAClass() throws {
    try withTemporaryFolder { folder in
      try make(folder, ["train/freight/1.mp4", "train/2.mp4", "bus/1.mp4", "bus/2.mp4"])
      #expect(try DataSplit(at: folder).training.classes == ["bus", "train"])
    }
    try withTemporaryFolder { folder in
      try make(folder, ["train/a/1.mp4", "train/b/2.mp4", "val/a/1.mp4", "valid/b/1.mp4"])
      let error = thrown(DataSetError.self) { try DataSplit(at: folder) }
      #expect(error == .severalValidationFolders(folder: folder, names: ["val", "valid"]))
    }
    try withTemporaryFolder { folder in
      try make(folder, ["train/a/1.mp4", "train/a/2.mp4", "train/b/1.mp4", "train/b/2.mp4", "notes.md"])
      let split = try DataSplit(at: folder)
      #expect(split.training.classes == ["a", "b"] && split.validation.samples.count == 2)
      #expect(split.training.skippedFiles.files.map(\.reason) == ["beside train"])
    }
  }

  /// A share is a share of each class, by names alone.
  @Test func aFifthIsAFifthOfEachClass() throws {
    try withTemporaryFolder { folder in
      try make(folder, ["a", "b", "c"].flatMap { name in (0..<12).map { "\(name)/v\($0).mp4" } })
      let split = try DataSplit(at: folder)
      #expect(split.validation.counts == [2, 2, 2] && split.training.counts == [10, 10, 10])
      #expect(Set(split.validation.samples).isDisjoint(with: split.training.samples))
      #expect(try DataSplit(at: folder) == split)
      try withTemporaryFolder { other in
        try make(other, ["a", "b", "c"].flatMap { name in (0..<12).map { "\(name)/v\($0).mp4" } })
        #expect(relative(try DataSplit(at: other).validation, other) == relative(split.validation, folder))
      }
      // Most videos stay on their side when others come.
      let held = Set(split.validation.samples.map(\.path))
      try make(folder, (12..<15).map { "a/v\($0).mp4" })
      let now = Set(try DataSplit(at: folder).validation.samples.map(\.path))
      #expect(now.count == 7 && now.intersection(held).count >= 5)
      for share in [0, 1, -1, Double.nan] {
        #expect(thrown(DataSetError.self) { try DataSplit(at: folder, heldOut: share) } != nil)
      }
    }
  }

  @Test func filesThatAreThereTwiceAreTold() throws {
    try withTemporaryFolder { folder in
      let files = ["train/a/1.mp4", "train/a/2.mp4", "train/b/3.mp4", "val/a/4.mp4", "val/b/5.mp4"]
      for (index, file) in files.enumerated() {
        try FileSystem.makeFolder(FileSystem.folder(of: "\(folder)/\(file)"))
        try AtomicFile.write(to: "\(folder)/\(file)") { try $0.append([UInt8](repeating: UInt8(index), count: 99)) }
      }
      #expect(try DataSplit(at: folder).training.warnings.isEmpty)
      let cases = [
        ("train/a/2.mp4", "train/a/copy.mp4", "1 video is there more than once, such as"),
        ("train/a/1.mp4", "train/b/1.mp4", "1 video is in two classes, such as \(folder)/train/a/1.mp4 (a) and"),
        ("train/b/3.mp4", "val/b/3.mp4", "1 video is in training and in validation, such as"),
      ]
      for isLinked in [false, true] {
        for (file, copy, warning) in cases {
          let (from, to) = ("\(folder)/\(file)", "\(folder)/\(copy)")
          if isLinked {
            #expect(symlink(from, to) == 0)
          } else {
            try FileManager.default.copyItem(atPath: from, toPath: to)
          }
          let warnings = try DataSplit(at: folder).training.warnings
          #expect(warnings.contains { $0.hasPrefix(warning) }, "\(warnings)")
          try FileSystem.delete(to)
        }
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

  @Test func aSplitThatWasSavedComesBack() throws {
    try withTemporaryFolder { folder in
      let data = "\(folder)/videos"
      let latin = PathText.text(of: [0xE9])
      try make(folder, ["videos/a/1.mp4", "videos/a/2.mp4", "videos/a/3.mp4", "videos/b/1.mp4", "videos/b/2.mp4"])
      for number in 0..<2 {
        try AtomicFile.write(to: "\(data)/b/\(latin)\(number).mp4") { try $0.append([UInt8(number)]) }
      }
      let split = try DataSplit(at: data)
      let path = "\(folder)/split.json"
      try split.write(to: path)
      try make(folder, ["videos/a/4.mp4", "videos/b/5.mp4"])
      let saved = try DataSplit(savedAt: path)
      #expect(saved.training.samples == split.training.samples && saved.validation.samples == split.validation.samples)
      #expect(saved.training.name == data && saved.training.classes == ["a", "b"])

      // What is evaluated is what was not learned from.
      let all = try DataSet(judgingAt: data)
      #expect(all.isOfFolder(of: saved.training) && all.countOfVideos(in: saved.training) == 5)
      let rest = try #require(all.leavingOut(saved.training))
      #expect(rest.samples.count == 4 && rest.countOfVideos(in: saved.training) == 0)

      #expect(rename(data, "\(folder)/moved") == 0)
      let error = thrown(DataSetError.self) { try DataSplit(savedAt: path) }
      #expect(error == .movedVideos(split: path, root: data))
      let moved = try DataSplit(savedAt: path, root: "\(folder)/moved")
      #expect(moved.validation.samples.allSatisfy { FileSystem.exists($0.path) })
    }
  }

  @Test(
    arguments: [
      (
        ["swipe left", "swipe right", "wave"], "the classes \"swipe left\" and \"swipe right\" look like mirror images"
      ),
      (["TurnLeft", "TurnRight", "RollCW", "RollCCW"], "\"TurnLeft\" and \"TurnRight\" (and 1 more pairs)"),
      (["rotate_clockwise", "rotate_anti-clockwise"], "mirror images"),
      (["pan from left to right", "pan from right to left"], "mirror images"),
      (["turn left", "go straight"], "the class names \"turn left\" say a direction"),
      (["pan-l", "pan-r"], "mirror images"),
      (["right answer", "wrong answer"], nil), (["archery", "bowling"], nil), (["copyright", "leftover"], nil),
    ] as [([String], String?)]) func classesThatDifferInADirectionAreTold(_ classes: [String], _ told: String?)
  {
    let warning = MirroredClasses.warning(for: classes)
    #expect((warning == nil) == (told == nil) && warning?.contains(told ?? "") != false, "\(warning ?? "nil")")
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
