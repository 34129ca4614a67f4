import Tensors

/// Videos to train on, and others to validate on.
public struct DataSplit: Sendable, Equatable {
  /// The videos to train on.
  public let training: DataSet
  /// The videos to validate on; of the same classes.
  public let validation: DataSet

  /// Creates a split of two sets of the same classes.
  ///
  /// - Precondition: Their classes are the same.
  public init(training: DataSet, validation: DataSet) {
    precondition(training.classes == validation.classes, "both sets have the same classes")
    self.training = training
    self.validation = validation
  }

  /// Reads the sets at a path: a folder with a folder for each class, one with such folders for training and
  /// validation, or a list.
  ///
  /// Folders for training and validation are called `train` and `val` or similar (`training`, `valid`, `validation`,
  /// `dev`, in any case), or `test` where there is nothing else to validate on; they may also be inside each class's
  /// folder. A list beside a `classInd.txt` is read as one of UCF101's, any other one as for Kinetics.
  ///
  /// - Parameters:
  ///   - path: A folder or a list.
  ///   - validationPath: The folder or list of the videos to validate on; nil for a folder beside, or videos held out.
  ///   - root: The folder that paths in lists are relative to.
  ///   - heldOut: The share of each class to hold out where no validation videos are given.
  ///   - classes: The classes and their order, if they are known.
  /// - Throws: ``DataSetError``; `FileError` if something cannot be read.
  public init(
    at path: String, validation validationPath: String? = nil, root: String? = nil, heldOut: Double = 0.2,
    classes: [String]? = nil
  ) throws {
    let folders = try SplitFolders(path)
    let training = try DataSet(at: folders?.training ?? path, root: root, classes: classes)
    let other = validationPath ?? folders?.validation
    let parts = [folders?.training, validationPath == nil ? other : nil].compactMap { $0 }
    let beside = try folders?.filesBeside(parts) ?? SkippedFiles()
    let split =
      try other.map {
        DataSplit(training: training, validation: try DataSet(at: $0, root: root, classes: training.classes))
      } ?? training.splitWithinClasses() ?? DataSplit(training, heldOut: heldOut)
    let warnings = try SameFiles.warnings(in: split.training, and: split.validation)
    self.init(training: try split.training.adding(warnings, skipped: beside), validation: split.validation)
  }
}

extension DataSplit {
  /// Creates a split by holding out a share of each class: a fifth of 12 videos is two, and of two or more at least
  /// one.
  ///
  /// Which videos are held out follows from their paths below the set's root alone. When videos are added or removed,
  /// most of the others stay in their part.
  ///
  /// - Throws: ``DataSetError`` if the share is not between 0 and 1, or too few classes have two videos.
  public init(_ set: DataSet, heldOut share: Double) throws(DataSetError) {
    guard share > 0, share < 1 else { throw .badShare(share) }
    var isHeldOut = [Bool](repeating: false, count: set.samples.count)
    var byClass = [[(place: Double, index: Int)]](repeating: [], count: set.classes.count)
    for (index, sample) in set.samples.enumerated() {
      byClass[sample.label].append((Self.place(of: sample.path, root: set.root), index))
    }
    var alone: [String] = []
    for (label, members) in byClass.enumerated() where !members.isEmpty {
      let sorted = members.sorted { ($0.place, $0.index) < ($1.place, $1.index) }
      if sorted.count == 1 { alone.append(set.classes[label]) }
      let count = min(max(Int((Double(sorted.count) * share).rounded()), 1), sorted.count - 1)
      for member in sorted.prefix(count) { isHeldOut[member.index] = true }
    }
    let heldOutClasses = Set(zip(set.samples, isHeldOut).filter(\.1).map(\.0.label))
    guard alone.isEmpty || heldOutClasses.count > 1 else { throw .nothingToHoldOut(name: set.name, alone: alone) }
    let warnings =
      alone.isEmpty ? [] : ["\(set.name) has one video alone of \(listed(alone)), so none is held out"]
    let parts = [false, true].map { side in zip(set.samples, isHeldOut).filter { $1 == side }.map(\.0) }
    self.init(
      training: try DataSet(
        name: set.name, root: set.root, classes: set.classes, samples: parts[0], warnings: set.warnings + warnings,
        skippedFiles: set.skippedFiles),
      validation: try DataSet(
        name: "the held-out part of \(set.name)", root: set.root, classes: set.classes, samples: parts[1]))
  }

  /// Returns a number in 0 ..< 1 that follows from a path.
  private static func place(of path: String, root: String) -> Double {
    RandomStream(seed: 0, ["held out", FileSystem.path(path, relativeTo: root) ?? path]).first
  }
}

extension DataSet {
  /// Reads the set at a path: a folder with a folder for each class, or a list.
  ///
  /// A list beside a `classInd.txt` is read as one of UCF101's, any other one as for Kinetics.
  ///
  /// - Throws: ``DataSetError``; `FileError` if something cannot be read.
  public init(at path: String, root: String? = nil, classes: [String]? = nil) throws {
    if FileSystem.isFolder(path) {
      try self.init(folder: path, classes: classes)
      return
    }
    guard FileSystem.exists(FileSystem.path(DataSet.classIndexName, in: FileSystem.folder(of: path))) else {
      try self.init(list: path, root: root, classes: classes)
      return
    }
    try self.init(ucf101List: path, root: root)
    if let classes, classes != self.classes {
      throw FileError(path: path, reason: "has other classes than those that are given")
    }
  }

  /// Reads the set at a path to evaluate a model on: its validation part, where that has a folder of its own.
  ///
  /// - Throws: What ``init(at:root:classes:)`` throws.
  public init(judgingAt path: String, classes: [String]? = nil) throws {
    guard let folders = try SplitFolders(path), let validation = folders.validation else {
      let set = try DataSet(at: path, classes: classes)
      self = FileSystem.isFolder(path) ? try set.splitWithinClasses()?.validation ?? set : set
      return
    }
    self = try DataSet(at: validation, classes: classes)
      .adding([], skipped: folders.filesBeside([validation]))
  }

  /// Returns the same set with more warnings and skipped files.
  func adding(_ warnings: [String], skipped: SkippedFiles = SkippedFiles()) throws(DataSetError) -> DataSet {
    var all = skippedFiles
    all.add(skipped)
    return try DataSet(
      name: name, root: root, classes: classes, samples: samples, warnings: self.warnings + warnings,
      skippedFiles: all)
  }
}
