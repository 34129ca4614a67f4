import Tensors

/// Identifies a file that is not a checkpoint by its first bytes, for error messages.
enum ForeignContent {
  static func describe(_ file: MappedFile) -> String {
    let head = file.copy(0..<min(file.count, 1024))
    guard !head.isEmpty else { return "empty" }
    if let archive = archive(file, head) { return archive }
    // A character may be cut off at the end; without it, text must decode without repairs.
    let text = String(decoding: head, as: UTF8.self)
    let isText = !text.dropLast().unicodeScalars.contains { scalar in
      scalar == "\u{FFFD}" || (scalar.value < 0x20 && !["\t", "\n", "\r", "\u{C}"].contains(scalar))
    }
    if isText {
      let start = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.prefix(200).lowercased()
      if start.hasPrefix("<!doctype html") || start.hasPrefix("<html") {
        return "an HTML page, perhaps an error page that was saved in place of a download"
      }
      if text.hasPrefix("version https://git-lfs") {
        return "a Git LFS pointer (git lfs pull fetches the file itself)"
      }
      return "a text file"
    }
    if head.count > 2, head[0] == 0x80, (2...5).contains(head[1]) {
      return "a Python pickle that torch.save did not write"
    }
    return "a file of an unknown format"
  }

  /// Returns the name of an archive or of another program's format, by its first bytes.
  private static func archive(_ file: MappedFile, _ head: [UInt8]) -> String? {
    if file.hasBytes(Array("ustar".utf8), at: 257) || isOldTar(file) {
      let parts = ["sys_info", "pickle", "storages", "tensors"]
      if parts.contains(where: { file.hasBytes(Array($0.utf8) + [0]) }) {
        return "a tar archive as torch.save wrote it before PyTorch 0.1.10 (load it in Python with a PyTorch that still"
          + " reads it and torch.save it again)"
      }
      return "a tar archive (unpack it first)"
    }
    let starts: [([UInt8], String)] = [
      ([0x1F, 0x8B], "packed by gzip (unpack it first)"), (Array("BZh".utf8), "packed by bzip2 (unpack it first)"),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "packed by xz (unpack it first)"),
      ([0x28, 0xB5, 0x2F, 0xFD], "packed by zstd (unpack it first)"),
      ([0x37, 0x7A, 0xBC, 0xAF], "a 7z archive (unpack it first)"),
      (Array("Rar!".utf8), "a RAR archive (unpack it first)"),
      ([0x89] + Array("HDF".utf8), "an HDF5 file (Keras writes these)"), (Array("GGUF".utf8), "a GGUF file"),
      ([0x93] + Array("NUMPY".utf8), "a NumPy array"),
    ]
    return starts.first { file.hasBytes($0.0) }?.1
  }

  /// Returns whether the file is a tar archive from before POSIX, without a magic number: the first header's checksum
  /// shows it.
  private static func isOldTar(_ file: MappedFile) -> Bool {
    guard file.count >= 512 else { return false }
    let header = file.copy(0..<512)
    let field = header[148..<156].prefix { $0 != 0 && $0 != 0x20 }
    guard !field.isEmpty, let sum = Int(String(decoding: field, as: UTF8.self), radix: 8) else { return false }
    let blanked = header[..<148] + [UInt8](repeating: 0x20, count: 8) + header[156...]
    return blanked.reduce(0) { $0 + Int($1) } == sum
  }
}
