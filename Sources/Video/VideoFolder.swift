import Tensors

/// The videos below a folder and its folders, told by what is in the files.
///
/// What a file is called says nothing against it: files whose name does not end as videos' do are opened and must give a frame.
/// Those with such names are taken without a look, as what is wrong with them shows when they are read.
public struct VideoFolder: Sendable {
  /// The paths of the videos, in the order of their bytes.
  public private(set) var videos: [String] = []
  /// The files that are not used, and why.
  public private(set) var skipped: SkippedFiles

  /// Goes through a folder.
  ///
  /// - Throws: `FileError` if it is not a folder that can be read, ``VideoError/builtWithoutFFmpeg(path:)``, and
  ///   ``VideoError/outOfMemory(path:)``.
  public init(_ folder: String) throws {
    try self.init(FolderWalk(folder))
  }

  /// The videos among files that were found.
  package init(_ walk: FolderWalk) throws {
    skipped = walk.skipped
    for path in walk.files {
      if let reason = try VideoReader.reasonNotToTake(path) { skipped.add(path, reason) } else { videos.append(path) }
    }
  }
}

extension VideoReader {
  /// Why a file is no video, in a few words; nil if it is one, or is called so.
  package static func reasonNotToTake(_ path: String) throws -> String? {
    if isVideoName(path) { return nil }
    // Folders of a data set may hold the frames of all its videos: those need no decoder to be told.
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

  /// Whether a file is called a JPEG or PNG picture and begins as one.
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
  /// Whether the container is that of pictures, which may hold one only.
  fileprivate var isPicture: Bool {
    container.hasSuffix("_pipe") || ["image2", "gif", "apng"].contains(container)
  }
}
