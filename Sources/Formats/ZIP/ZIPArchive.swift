import Tensors

/// The directory of a ZIP archive, with ZIP64, checked before anything is read.
///
/// It is for the archives that `torch.save` writes, in which entries are stored uncompressed, so that nothing can
/// unpack to more than the file's size. The format is PKWARE's APPNOTE.TXT 6.3; the section of each record is named
/// beside it.
struct ZIPArchive: Sendable {
  /// The largest number of entries: more than any checkpoint has, and a directory of this size still takes only
  /// megabytes.
  static let entryLimit = 100_000

  let file: MappedFile
  /// The entries, in the directory's order.
  let entries: [ZIPEntry]
  private let positions: [String: Int]

  /// Reads the directory.
  ///
  /// - Throws: `FormatError` if the archive is cut off or damaged, has overlapping entries, two entries of one name, a
  ///   name that leads out of the archive, or too many entries.
  init(_ file: MappedFile) throws(FormatError) {
    self.file = file
    entries = try ZIPDirectoryParser(file: file).entries()
    var positions: [String: Int] = [:]
    for (position, entry) in entries.enumerated() {
      guard positions.updateValue(position, forKey: entry.name) == nil else {
        throw FormatError(path: file.path, "two entries of the zip archive are called \(entry.name.quoted)")
      }
    }
    self.positions = positions
  }

  /// The entry with a name.
  subscript(name: String) -> ZIPEntry? { positions[name].map { entries[$0] } }

  /// Returns the range of an entry's bytes in the file, after checking their CRC-32.
  ///
  /// - Throws: `FormatError` if the entry is compressed or damaged.
  func checkedRange(of entry: ZIPEntry) throws(FormatError) -> Range<Int> {
    guard !entry.isCompressed else {
      throw FormatError(
        path: file.path, offset: entry.range.lowerBound,
        "the entry \(entry.name.quoted) is compressed, which torch.save never does;"
          + " unpack the archive and zip it again with zip -0, or load it in Python and torch.save it again")
    }
    guard file.crc32(entry.range) == entry.checksum else {
      throw FormatError(
        path: file.path, offset: entry.range.lowerBound,
        "the entry \(entry.name.quoted) does not have the CRC-32 that the archive says: the file is damaged"
          + " (or was saved with torch.serialization.set_crc32_options(False); save it again without)")
    }
    return entry.range
  }
}

/// One file in a ZIP archive.
struct ZIPEntry: Sendable, Equatable {
  let name: String
  /// The CRC-32 of the uncompressed bytes.
  let checksum: UInt32
  /// Whether the bytes are compressed.
  let isCompressed: Bool
  /// The offset of the entry's local header.
  let headerOffset: Int
  /// The range of the entry's bytes in the file.
  let range: Range<Int>
}
