import Tensors

/// Reads a ZIP archive's central directory and the local headers it points to.
struct ZIPDirectoryParser {
  let file: MappedFile

  private static let localHeaderSize = 30
  private static let centralHeaderSize = 46
  private static let endSize = 22
  private static let end64Size = 56
  private static let locator64Size = 20
  private static let commentLimit = 0xFFFF

  /// Returns the entries, in the directory's order; none overlaps another.
  func entries() throws(FormatError) -> [ZIPEntry] {
    let directory = try directory()
    var entries: [ZIPEntry] = []
    var position = directory.range.lowerBound
    for _ in 0..<directory.entryCount {
      let (entry, size) = try entry(at: position, directory: directory.range)
      entries.append(entry)
      position += size
    }
    guard position == directory.range.upperBound else {
      throw error(position, "the zip archive's directory has bytes that belong to no entry")
    }
    try checkOverlap(entries)
    return entries
  }

  private func checkOverlap(_ entries: [ZIPEntry]) throws(FormatError) {
    var end = 0
    for entry in entries.sorted(by: { $0.headerOffset < $1.headerOffset }) {
      guard entry.headerOffset >= end else {
        throw error(entry.headerOffset, "the zip entry \(entry.name.quoted) overlaps the one before it")
      }
      end = entry.range.upperBound
    }
  }
}

// MARK: - The end of the archive

extension ZIPDirectoryParser {
  private func directory() throws(FormatError) -> (range: Range<Int>, entryCount: Int) {
    let end = try endPosition()
    let entryCount: UInt16 = try field(at: end + 10)
    let size: UInt32 = try field(at: end + 12)
    let offset: UInt32 = try field(at: end + 16)
    let disk: UInt16 = try field(at: end + 4)
    guard disk == 0 || disk == .max else { throw error(end, "the zip archive is one part of several") }
    let locator = end - Self.locator64Size
    guard locator >= 0, signature(at: locator) == 0x0706_4B50 else {
      return try directory(offset: UInt64(offset), size: UInt64(size), entryCount: UInt64(entryCount), end: end)
    }

    // Section 4.3.14. If both ends give a number, it must be the same: readers must not see two different archives in
    // one file.
    let end64Offset: UInt64 = try field(at: locator + 8)
    guard let end64 = Int(exactly: end64Offset), end64 <= locator - Self.end64Size,
      signature(at: end64) == 0x0606_4B50
    else { throw error(locator, "the zip archive's ZIP64 end record is not where it should be") }
    let entryCount64: UInt64 = try field(at: end64 + 32)
    let size64: UInt64 = try field(at: end64 + 40)
    let offset64: UInt64 = try field(at: end64 + 48)
    guard entryCount == .max || UInt64(entryCount) == entryCount64, size == .max || UInt64(size) == size64,
      offset == .max || UInt64(offset) == offset64
    else { throw error(end64, "the zip archive's two end records differ") }
    return try directory(offset: offset64, size: size64, entryCount: entryCount64, end: end64)
  }

  private func directory(
    offset: UInt64, size: UInt64, entryCount: UInt64, end: Int
  ) throws(FormatError) -> (range: Range<Int>, entryCount: Int) {
    guard offset <= UInt64(end), size == UInt64(end) - offset else {
      throw error(end, "the zip archive's directory is not where its end says")
    }
    guard entryCount <= UInt64(ZIPArchive.entryLimit) else {
      throw error(end, "the zip archive has \(entryCount) entries, more than \(ZIPArchive.entryLimit)")
    }
    return (Int(offset)..<end, Int(entryCount))
  }

  /// Section 4.3.16: returns the position of the last record, whose comment extends to the end of the file.
  private func endPosition() throws(FormatError) -> Int {
    let last = file.count - Self.endSize
    let first = max(0, last - Self.commentLimit)
    for position in stride(from: last, through: first, by: -1) where signature(at: position) == 0x0605_4B50 {
      let commentLength: UInt16 = try field(at: position + 20)
      if Int(commentLength) == last - position { return position }
    }
    throw error(
      file.count, "the zip archive is cut off: the directory at its end is missing; copy or download the file again")
  }
}

// MARK: - Entries

extension ZIPDirectoryParser {
  /// Section 4.3.12: returns an entry from its record in the directory, and the record's size.
  private func entry(at position: Int, directory: Range<Int>) throws(FormatError) -> (ZIPEntry, size: Int) {
    guard directory.upperBound - position >= Self.centralHeaderSize, signature(at: position) == 0x0201_4B50
    else { throw error(position, "expected an entry of the zip archive's directory") }
    let flags: UInt16 = try field(at: position + 8)
    let method: UInt16 = try field(at: position + 10)
    let checksum: UInt32 = try field(at: position + 16)
    let packedSize: UInt32 = try field(at: position + 20)
    let size: UInt32 = try field(at: position + 24)
    let headerOffset: UInt32 = try field(at: position + 42)
    let nameStart = position + Self.centralHeaderSize
    let nameEnd = nameStart + Int(try field(at: position + 28) as UInt16)
    let extraEnd = nameEnd + Int(try field(at: position + 30) as UInt16)
    let end = extraEnd + Int(try field(at: position + 32) as UInt16)
    guard end <= directory.upperBound else { throw error(position, "a zip entry's name reaches out of the directory") }
    let name = try name(in: nameStart..<nameEnd)
    guard flags & 1 == 0 else { throw error(position, "the zip entry \(name.quoted) is encrypted") }

    var wide = try wideFields(in: nameEnd..<extraEnd)
    // The extra field contains the numbers that do not fit, in this order.
    let wideSize = try widen(size, &wide, at: position)
    let widePackedSize = try widen(packedSize, &wide, at: position)
    let wideOffset = try widen(headerOffset, &wide, at: position)
    guard method != 0 || widePackedSize == wideSize else {
      throw error(position, "the zip entry \(name.quoted) is stored with two different sizes")
    }
    let dataStart = try dataStart(
      of: nameStart..<nameEnd, method: method, headerOffset: wideOffset, limit: directory.lowerBound)
    guard widePackedSize <= directory.lowerBound - dataStart else {
      throw error(position, "the zip entry \(name.quoted) reaches beyond the archive's data")
    }
    let entry = ZIPEntry(
      name: name, checksum: checksum, isCompressed: method != 0, headerOffset: wideOffset,
      range: dataStart..<dataStart + widePackedSize)
    return (entry, end - position)
  }

  /// Returns the start of an entry's data, after its local header (section 4.3.7), which must agree with the directory.
  private func dataStart(
    of name: Range<Int>, method: UInt16, headerOffset: Int, limit: Int
  ) throws(FormatError) -> Int {
    guard headerOffset <= limit - Self.localHeaderSize, signature(at: headerOffset) == 0x0403_4B50 else {
      throw error(name.lowerBound, "a zip entry's header is not where the directory says")
    }
    let nameStart = headerOffset + Self.localHeaderSize
    let localMethod: UInt16 = try field(at: headerOffset + 8)
    let nameLength: UInt16 = try field(at: headerOffset + 26)
    let extraLength: UInt16 = try field(at: headerOffset + 28)
    guard localMethod == method, Int(nameLength) == name.count, file.hasBytes(file.copy(name), at: nameStart) else {
      throw error(headerOffset, "a zip entry's header and the directory differ")
    }
    let start = nameStart + name.count + Int(extraLength)
    guard start <= limit else { throw error(headerOffset, "a zip entry's header reaches beyond the archive's data") }
    return start
  }

  private func name(in range: Range<Int>) throws(FormatError) -> String {
    let bytes = file.copy(range)
    let name = String(decoding: bytes, as: UTF8.self)
    let isPlain =
      !name.isEmpty && name.utf8.elementsEqual(bytes) && !name.hasPrefix("/") && !name.contains("\\")
      && !name.contains("\0") && !name.split(separator: "/").contains("..")
    guard isPlain else { throw error(range.lowerBound, "the zip archive has an entry with the name \(name.quoted)") }
    return name
  }

  /// Section 4.5.3: returns the 64-bit numbers of the extra field with the identifier 1.
  private func wideFields(in extra: Range<Int>) throws(FormatError) -> ArraySlice<UInt64> {
    var position = extra.lowerBound
    while position + 4 <= extra.upperBound {
      let identifier: UInt16 = try field(at: position)
      let end = position + 4 + Int(try field(at: position + 2) as UInt16)
      guard end <= extra.upperBound else { throw error(position, "a zip entry's extra field is too long") }
      if identifier == 1 {
        var values: [UInt64] = []
        for start in stride(from: position + 4, through: end - 8, by: 8) { values.append(try field(at: start)) }
        return values[...]
      }
      position = end
    }
    return []
  }

  private func widen(_ value: UInt32, _ wide: inout ArraySlice<UInt64>, at position: Int) throws(FormatError) -> Int {
    if value != .max { return Int(value) }
    guard let large = wide.popFirst(), let result = Int(exactly: large) else {
      throw error(position, "a zip entry's 64-bit size or offset is missing or impossible")
    }
    return result
  }

  /// Returns the first four bytes of a record as a little-endian integer.
  private func signature(at offset: Int) -> UInt32? { file.littleEndian(at: offset) }

  private func field<Integer: FixedWidthInteger & BitwiseCopyable>(at offset: Int) throws(FormatError) -> Integer {
    guard let value: Integer = file.littleEndian(at: offset) else {
      throw error(offset, "the zip archive ends in the middle of a record")
    }
    return value
  }

  private func error(_ offset: Int, _ problem: String) -> FormatError {
    FormatError(path: file.path, offset: offset, problem)
  }
}
