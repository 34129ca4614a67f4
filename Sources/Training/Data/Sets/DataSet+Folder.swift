import Foundation
import Tensors
import Video

extension DataSet {
  /// The videos of a folder with a folder for each class, in the order of their names; hidden files are passed over.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - classes: The classes and their order, if that is given: those of a model, or of the videos trained on. Else they are
  ///     the folders, sorted by name.
  /// - Throws: ``DataSetError``; `FileError` if a folder cannot be read.
  public init(folder: String, classes: [String]? = nil) throws {
    let listing = try FolderListing(folder)
    guard !listing.folders.isEmpty || listing.videos.isEmpty else {
      throw DataSetError.videosWithoutClasses(folder: folder, example: listing.videos[0])
    }
    let names = classes ?? listing.folders
    let labels = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var samples: [Sample] = []
    var warnings: [String] = []
    for name in listing.folders {
      let path = "\(folder)/\(name)"
      let videos = try FolderListing(path).videos
      guard let label = labels[name] else {
        if videos.isEmpty { continue }
        throw DataSetError.unknownClass(list: folder, line: nil, name: name, known: names)
      }
      samples += videos.map { Sample(path: "\(path)/\($0)", label: label) }
    }
    if !listing.videos.isEmpty {
      let count = listing.videos.count
      warnings.append(
        "\(folder) has \(count) video\(count == 1 ? "" : "s") in no class, which are left out: \(listed(listing.videos))"
      )
    }
    // In the order of the labels, whatever that of the folders is.
    samples.sort { ($0.label, $0.path) < ($1.label, $1.path) }
    try self.init(name: folder, root: folder, classes: names, samples: samples, warnings: warnings)
  }
}
