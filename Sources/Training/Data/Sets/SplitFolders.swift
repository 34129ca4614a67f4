import Tensors

/// A folder whose subfolders are parts of a data set, such as `train` and `val`, and not classes.
struct SplitFolders {
  /// The folder to train on.
  let training: String
  /// The folder to validate on; the test folder if there is no other, and nil if there is none at all.
  let validation: String?
  private let root: String

  /// The purpose of a folder of videos.
  enum Kind {
    case training, validation, test

    /// Creates the purpose that a folder's name says, in any case; nil if it says none.
    init?(folder name: String) {
      switch name.lowercased() {
      case "train", "training": self = .training
      case "val", "valid", "validation", "dev", "eval": self = .validation
      case "test", "testing": self = .test
      default: return nil
      }
    }
  }

  /// Returns nil if the subfolders are classes: if none of them both has subfolders and is named like a training part,
  /// or if there are others beside it and nothing to validate on (a class may be called `train`, too).
  ///
  /// - Throws: ``DataSetError/severalValidationFolders(folder:names:)``; `FileError` if a folder cannot be read.
  init?(_ path: String) throws {
    guard FileSystem.isFolder(path) else { return nil }
    let folders = try Self.folders(path)
    let named = { (kind: Kind) in folders.filter { Kind(folder: $0) == kind } }
    let (trainings, validations, tests) = (named(.training), named(.validation), named(.test))
    guard trainings.count == 1 else { return nil }
    training = FileSystem.path(trainings[0], in: path)
    guard try !Self.folders(training).isEmpty else { return nil }
    let parts = validations.isEmpty ? tests : validations
    if parts.isEmpty, folders.count > 1 { return nil }
    guard parts.count < 2 else { throw DataSetError.severalValidationFolders(folder: path, names: parts) }
    validation = parts.first.map { FileSystem.path($0, in: path) }
    root = path
  }

  private static func folders(_ path: String) throws -> [String] {
    try FileSystem.names(in: path).filter { name in
      FolderWalk.reasonToLeaveOut(name) == nil && FileSystem.isFolder(FileSystem.path(name, in: path))
    }
  }

  /// Returns the files of the folder that are in none of the given parts of it.
  func filesBeside(_ parts: [String]) throws -> SkippedFiles {
    var beside = SkippedFiles()
    let names = parts.map { FileSystem.name(of: $0) }
    let isInPart = { (path: String) in parts.contains { FileSystem.path(path, relativeTo: $0) != nil } }
    let walk = try FolderWalk(root)
    for path in walk.files where !isInPart(path) { beside.add(path, "beside \(names.joined(separator: " and "))") }
    for file in walk.skipped.files where !isInPart(file.path) { beside.add(file.path, file.reason) }
    return beside
  }
}

extension DataSet {
  /// Returns the parts of a folder set in which each class has a folder for training and one for validation
  /// (`class/train`, `class/val`); nil if it is not like that.
  ///
  /// - Throws: ``DataSetError`` if a part has videos of only one class.
  func splitWithinClasses() throws(DataSetError) -> DataSplit? {
    let names = samples.map { sample in
      (FileSystem.path(sample.path, relativeTo: root) ?? "").split(separator: "/").dropFirst().dropLast().first?
        .lowercased()
    }
    let kinds = names.map { name in name.flatMap(SplitFolders.Kind.init(folder:)) }
    guard !kinds.contains(nil), kinds.contains(.training) else { return nil }
    let validation: SplitFolders.Kind = kinds.contains(.validation) ? .validation : .test
    guard kinds.contains(validation) else { return nil }
    var unused = skippedFiles
    for (sample, kind) in zip(samples, kinds) where kind == .test && validation != .test {
      unused.add(sample.path, "beside train and val")
    }
    let part = { (kind: SplitFolders.Kind) in zip(self.samples, kinds).filter { $1 == kind }.map(\.0) }
    return DataSplit(
      training: try DataSet(
        name: name, root: root, classes: classes, samples: part(.training), warnings: warnings, skippedFiles: unused),
      validation: try DataSet(
        name: "the validation folders of \(name)", root: root, classes: classes, samples: part(validation)))
  }
}
