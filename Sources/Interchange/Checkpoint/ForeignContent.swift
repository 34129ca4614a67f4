import Tensors

/// Says what a file is that is not a checkpoint, from its first bytes; for error messages.
enum ForeignContent {
  static func describe(_ file: MappedFile) -> String {
    let head = file.copy(0..<min(file.count, 1024))
    guard !head.isEmpty else { return "empty" }
    // A character may be cut at the end; with it left out, text must decode without repairs.
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
}
