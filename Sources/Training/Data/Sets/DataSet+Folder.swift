import Tensors
import Video

extension DataSet {
  /// Reads a folder that has a folder for each class, in the order of their names.
  ///
  /// A class's folder may have subfolders. Videos are recognized by their contents (`VideoFolder`); files that are not
  /// used are listed in ``skippedFiles``. Hidden folders, archive metadata and folders without a video are not classes.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - classes: The classes and their order, such as those of a model; nil for the folders, sorted by name.
  /// - Throws: ``DataSetError``; `FileError` if a folder cannot be read.
  public init(folder: String, classes: [String]? = nil) throws {
    let contents = try VideoFolder(folder)
    var skipped = contents.skipped
    var loose: [String] = []
    var found: [(class: String, path: String)] = []
    for path in contents.videos {
      let relative = (FileSystem.path(path, relativeTo: folder) ?? path).utf8
      if let slash = relative.firstIndex(of: UInt8(ascii: "/")) {
        found.append((String(Substring(relative[..<slash])), path))
      } else {
        loose.append(path)
      }
    }
    if found.isEmpty, let first = loose.first {
      throw DataSetError.videosWithoutClasses(folder: folder, example: FileSystem.name(of: first))
    }
    for path in loose { skipped.add(path, "in no class's folder") }
    let names = classes ?? Set(found.map(\.class)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let labels = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var samples = try found.map { name, path in
      guard let label = labels[name] else {
        throw DataSetError.unknownClass(list: folder, line: nil, name: name, known: names)
      }
      return Sample(path: path, label: label)
    }
    // In the order of the labels, whatever that of the folders is.
    samples.sort { $0.label != $1.label ? $0.label < $1.label : $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    let known = Set(found.map(\.class)).union(classes ?? [])
    let empty = try FileSystem.names(in: folder).filter { name in
      FolderWalk.reasonToLeaveOut(name) == nil && !known.contains(name)
        && FileSystem.isFolder(FileSystem.path(name, in: folder))
    }
    let warnings = empty.isEmpty ? [] : ["no class is made of folders without a video: \(listed(empty))"]
    try self.init(
      name: folder, root: folder, classes: names, samples: samples, warnings: warnings, skippedFiles: skipped)
  }
}
