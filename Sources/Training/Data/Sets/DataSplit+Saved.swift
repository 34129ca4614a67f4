import Tensors

extension DataSplit {
  private static let version = 1

  /// Writes which videos are in which part, so that a run can be resumed and evaluated on the same ones.
  ///
  /// - Throws: `FileError` if the file cannot be written.
  public func write(to path: String) throws {
    let json: JSON = [
      "version": JSON(Self.version), "classes": JSON(training.classes), "training": Self.json(training),
      "validation": Self.json(validation),
    ]
    try AtomicFile.write(to: path) { try $0.append(Array((json.text() + "\n").utf8)) }
  }

  /// Reads a split that ``write(to:)`` wrote.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - root: The folder that the videos are in now; nil if they are where they were.
  /// - Throws: `FileError` or `FormatError` if the file cannot be read, ``DataSetError/movedVideos(split:root:)`` if
  ///   the folders of the videos do not exist.
  public init(savedAt path: String, root: String? = nil) throws {
    try self.init(saved: MappedFile.contents(ofFile: path), at: path, root: root)
  }

  /// Reads the contents of a file that ``write(to:)`` wrote, which another rank has sent.
  ///
  /// - Throws: As ``init(savedAt:root:)``.
  package init(saved bytes: [UInt8], at path: String, root: String? = nil) throws {
    let field = try JSON(parsing: bytes, path: path).document(path: path)
    guard try field.required("version").int() == Self.version else {
      throw try field.required("version").error("is not \(Self.version): the file was written by another version")
    }
    let classes = try field.required("classes").elements().map { try $0.string() }
    let read = { (name: String) in
      try Self.set(try field.required(name), classes: classes, split: path, movedTo: root)
    }
    self.init(training: try read("training"), validation: try read("validation"))
  }

  private static func json(_ set: DataSet) -> JSON {
    let samples = set.samples.map { sample -> JSON in
      let relative = FileSystem.path(sample.path, relativeTo: set.root)
      return [
        .integer(Int64(sample.label)), .string(relative ?? FileSystem.absolutePath(of: sample.path) ?? sample.path),
      ]
    }
    return [
      "name": .string(set.name), "root": .string(FileSystem.absolutePath(of: set.root) ?? set.root),
      "videos": .array(samples),
    ]
  }

  private static func set(_ field: JSONField, classes: [String], split: String, movedTo: String?) throws -> DataSet {
    let saved = try field.required("root").string()
    // Of a folder that was moved as a whole, parts as `train` and `val` are still in it.
    let places = [saved] + (movedTo.map { [FileSystem.path(FileSystem.name(of: saved), in: $0), $0] } ?? [])
    guard let root = places.first(where: FileSystem.isFolder) else {
      throw DataSetError.movedVideos(split: split, root: saved)
    }
    let samples = try field.required("videos").elements().map { video in
      let parts = try video.elements()
      guard parts.count == 2 else { throw video.error("must be a label and a path") }
      let path = try parts[1].string()
      return DataSet.Sample(
        path: path.utf8.first == UInt8(ascii: "/") ? path : FileSystem.path(path, in: root), label: try parts[0].int())
    }
    return try DataSet(name: field.required("name").string(), root: root, classes: classes, samples: samples)
  }
}

extension DataSet {
  /// Returns how many of the set's videos are in another one: the same files, or copies of them.
  public func countOfVideos(in other: DataSet) -> Int {
    let count = samples.count
    return SameFiles((samples + other.samples).map(\.path)).groups.reduce(0) { sum, group in
      group[group.count - 1] < count ? sum : sum + group.count { $0 < count }
    }
  }

  /// Returns the set without the videos that are in another one; nil if none is left.
  public func leavingOut(_ other: DataSet) -> DataSet? {
    let known = Set(other.samples.compactMap { FileSystem.status(of: $0.path)?.identity })
    let rest = samples.filter { sample in
      FileSystem.status(of: sample.path).map { !known.contains($0.identity) } ?? true
    }
    return try? DataSet(
      name: name, root: root, classes: classes, samples: rest, warnings: warnings, skippedFiles: skippedFiles)
  }

  /// Creates a set of the videos of two sets.
  ///
  /// - Precondition: Their classes are the same.
  /// - Throws: ``DataSetError``.
  public init(joining one: DataSet, _ other: DataSet) throws(DataSetError) {
    precondition(one.classes == other.classes, "both sets have the same classes")
    try self.init(name: one.name, root: one.root, classes: one.classes, samples: one.samples + other.samples)
  }

  /// Returns whether both sets are of the same folder.
  public func isOfFolder(of other: DataSet) -> Bool {
    let identity = FileSystem.status(of: root)?.identity
    return identity != nil && identity == FileSystem.status(of: other.root)?.identity
  }
}
