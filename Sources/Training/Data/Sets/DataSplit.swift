import Foundation
import Tensors

/// Videos to learn from, and others to see what was learned.
public struct DataSplit: Sendable, Equatable {
  /// What is learned from.
  public let training: DataSet
  /// What nothing is learned from; of the same classes.
  public let validation: DataSet

  /// Two sets of the same classes.
  ///
  /// - Precondition: their classes are the same.
  public init(training: DataSet, validation: DataSet) {
    precondition(training.classes == validation.classes, "both sets have the same classes")
    self.training = training
    self.validation = validation
  }

  /// The sets at a path: a folder with a folder for each class, one with two such folders `train` and `val`, or a list.
  ///
  /// A list beside a `classInd.txt` is one of UCF101's, any other one as for Kinetics.
  ///
  /// - Parameters:
  ///   - path: A folder or a list.
  ///   - validationPath: Where other videos to validate with are; nil: in `val`, or held out of the others.
  ///   - root: The folder that paths in lists are relative to.
  ///   - heldOut: The share of each class to hold out where no others are given.
  ///   - classes: The classes and their order, if they are given.
  /// - Throws: ``DataSetError``; `FileError` if something cannot be read.
  public init(
    at path: String, validation validationPath: String? = nil, root: String? = nil, heldOut: Double = 0.2,
    classes: [String]? = nil
  ) throws {
    let subfolders = try Self.subfolders(path)
    let training = try DataSet(at: subfolders?.training ?? path, root: root, classes: classes)
    guard let other = validationPath ?? subfolders?.validation else {
      try self.init(training, heldOut: heldOut)
      return
    }
    self.init(
      training: training, validation: try DataSet(at: other, root: root, classes: training.classes))
  }

  /// The folders `train` and `val` of a folder that has folders of classes in the former.
  private static func subfolders(_ path: String) throws -> (training: String, validation: String?)? {
    guard FolderListing.isFolder(path) else { return nil }
    let training = "\(path)/train"
    guard FolderListing.isFolder(training), try !FolderListing(training).folders.isEmpty else { return nil }
    return (training, ["\(path)/val", "\(path)/validation"].first(where: FolderListing.isFolder))
  }
}

extension DataSplit {
  /// Holds out a share of each class.
  ///
  /// Whether a video is held out follows from its path below the set's root: adding one does not move others. But a class
  /// with two videos or more has one at least on either side, for which the one next to the limit moves.
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
      let count = min(max(sorted.count { $0.place < share }, 1), sorted.count - 1)
      for member in sorted.prefix(count) { isHeldOut[member.index] = true }
    }
    let warnings =
      alone.isEmpty ? [] : ["\(set.name) has one video alone of \(listed(alone)), so none is held out"]
    let parts = [false, true].map { side in zip(set.samples, isHeldOut).filter { $1 == side }.map(\.0) }
    self.init(
      training: try DataSet(
        name: set.name, root: set.root, classes: set.classes, samples: parts[0], warnings: set.warnings + warnings),
      validation: try DataSet(
        name: "the held-out part of \(set.name)", root: set.root, classes: set.classes, samples: parts[1]))
  }

  /// A number in 0 ..< 1 that follows from a path.
  private static func place(of path: String, root: String) -> Double {
    let relative = path.hasPrefix("\(root)/") ? String(path.dropFirst(root.count + 1)) : path
    return RandomStream(seed: 0, ["held out", relative]).first
  }
}

extension DataSet {
  /// The set at a path: a folder with a folder for each class, or a list.
  ///
  /// A list beside a `classInd.txt` is one of UCF101's, any other one as for Kinetics.
  ///
  /// - Throws: ``DataSetError``; `FileError` if something cannot be read.
  public init(at path: String, root: String? = nil, classes: [String]? = nil) throws {
    if FolderListing.isFolder(path) {
      try self.init(folder: path, classes: classes)
      return
    }
    guard FileManager.default.fileExists(atPath: "\(folder(of: path))/\(DataSet.classIndexName)") else {
      try self.init(list: path, root: root, classes: classes)
      return
    }
    try self.init(ucf101List: path, root: root)
    if let classes, classes != self.classes {
      throw FileError(path: path, reason: "has other classes than those that are given")
    }
  }
}
