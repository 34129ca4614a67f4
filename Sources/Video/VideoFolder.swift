import Tensors

/// The videos in a folder and its subfolders, recognized by their contents.
///
/// Files whose name does not end like that of a video are opened and must give a frame. Those with such names are not
/// checked, as errors show when they are read.
public struct VideoFolder: Sendable {
  /// The paths of the videos, in the order of their bytes.
  public private(set) var videos: [String] = []
  /// The files that are not used, and why.
  public private(set) var skipped: SkippedFiles

  /// Walks a folder.
  ///
  /// - Throws: `FileError` if it is not a folder that can be read, ``VideoError/builtWithoutFFmpeg(path:)``, and
  ///   ``VideoError/outOfMemory(path:)``.
  public init(_ folder: String) throws {
    try self.init(FolderWalk(folder))
  }

  /// Creates the list of the videos among the files of a walk.
  package init(_ walk: FolderWalk) throws {
    skipped = walk.skipped
    for path in walk.files {
      if let reason = try VideoReader.reasonNotToTake(path) { skipped.add(path, reason) } else { videos.append(path) }
    }
  }
}

extension VideoReader {
  /// Returns why a file is not a video, in a few words; nil if it is one, or has the name of one.
  package static func reasonNotToTake(_ path: String) throws -> String? {
    if isVideoName(path) { return nil }
    // Folders of a data set may contain the frames of all its videos: those are recognized without a decoder.
    if isPicture(path) { return picture }
    do {
      let reader = try VideoReader(path: path, threads: 1)
      let isVideo = try reader.nextFrame() != nil
      guard isVideo, reader.info.isPicture else { return isVideo ? nil : notAVideo }
      return try reader.nextFrame() == nil ? picture : nil
    } catch let error as any UserFacingError where error.isBadInput {
      return notAVideo
    }
  }

  private static let (notAVideo, picture) = ("not a video", "picture, not a video")

  /// Returns whether a file has the name and the header of a JPEG or PNG picture.
  private static func isPicture(_ path: String) -> Bool {
    let signatures: [(endings: [String], bytes: [UInt8])] = [
      ([".jpg", ".jpeg"], [0xFF, 0xD8, 0xFF]), ([".png"], [0x89, 0x50, 0x4E, 0x47]),
    ]
    let name = path.lowercased()
    guard let signature = signatures.first(where: { $0.endings.contains { name.hasSuffix($0) } })?.bytes,
      let file = try? MappedFile(path: path), file.count > signature.count
    else { return false }
    return file.copy(0..<signature.count) == signature
  }
}

extension VideoInfo {
  /// Whether the container is that of pictures, which may contain a single one.
  fileprivate var isPicture: Bool {
    container.hasSuffix("_pipe") || ["image2", "gif", "apng"].contains(container)
  }
}
