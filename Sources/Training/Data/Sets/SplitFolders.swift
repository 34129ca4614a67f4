import Tensors

/// A folder whose folders are parts of a data set, such as `train` and `val`, and not classes.
struct SplitFolders {
  /// The folder to learn from.
  let training: String
  /// The folder to validate with, if there is one: one for tests, if there is no other.
  let validation: String?
  private let root: String

  /// What folders of a part are called, in any case.
  private static let trainingNames: Set = ["train", "training"]
  private static let validationNames: Set = ["val", "valid", "validation", "dev", "eval"]
  private static let testNames: Set = ["test", "testing"]

  /// The parts of a folder; nil if its folders are classes: if no folder of it has folders of classes and is called as what is
  /// trained on, or if there are others beside it and nothing to validate with (a class may be called `train`, too).
  ///
  /// - Throws: ``DataSetError/severalValidationFolders(folder:names:)``; `FileError` if a folder cannot be read.
  init?(_ path: String) throws {
    guard FileSystem.isFolder(path) else { return nil }
    let folders = try Self.folders(path)
    let named = { (names: Set<String>) in folders.filter { names.contains($0.lowercased()) } }
    let (trainings, validations, tests) = (
      named(Self.trainingNames), named(Self.validationNames), named(Self.testNames)
    )
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

  /// The files of the folder that are in none of some parts of it.
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
