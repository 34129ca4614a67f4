import Tensors
import VideoAccelerator

/// A path pattern as in shells: `*`, `?` and `[a-z]` within a name, `**` for any folders.
///
/// The shell expands most patterns itself; quoted ones are expanded here, such as those with more matches than fit on a
/// command line.
struct PathPattern {
  private let root: String
  private let parts: [String]

  /// - Parameter pattern: The pattern, with `/` between names.
  init(_ pattern: String) {
    root = pattern.hasPrefix("/") ? "/" : ""
    parts = pattern.split(separator: "/").map(String.init)
  }

  /// Returns all paths that match, in the order of their names' bytes.
  func matches() -> [String] { matches(in: root, parts[...]) }

  private func matches(in folder: String, _ parts: ArraySlice<String>) -> [String] {
    guard let part = parts.first else { return [folder] }
    let rest = parts.dropFirst()
    if part == "**" {
      // The folder itself, and all below it.
      return matches(in: folder, rest)
        + Self.names(in: folder).flatMap { name -> [String] in
          let path = Self.join(folder, name)
          return FileSystem.isFolder(path) ? matches(in: path, parts) : []
        }
    }
    guard part.contains(where: { "*?[".contains($0) }) else {
      let path = Self.join(folder, part)
      return FileSystem.exists(path) ? matches(in: path, rest) : []
    }
    return Self.names(in: folder).filter { Self.matches($0, part) }.flatMap { name -> [String] in
      let path = Self.join(folder, name)
      return rest.isEmpty || FileSystem.isFolder(path) ? matches(in: path, rest) : []
    }
  }

  /// Returns the names in a folder; hidden names match no pattern.
  private static func names(in folder: String) -> [String] {
    ((try? FileSystem.names(in: folder.isEmpty ? "." : folder)) ?? []).filter { !$0.hasPrefix(".") }
  }

  private static func join(_ folder: String, _ name: String) -> String {
    folder.isEmpty || folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// Returns whether a name matches a pattern without slashes.
  static func matches(_ name: String, _ pattern: String) -> Bool {
    let (name, pattern) = (Array(name.unicodeScalars), Array(pattern.unicodeScalars))
    var (at, place) = (0, 0)
    // The place to backtrack to, where the last star matches one more scalar.
    var star: (pattern: Int, name: Int)?
    while at < name.count {
      if place < pattern.count, pattern[place] == "*" {
        star = (place, at)
        place += 1
      } else if let length = matchedLength(name[at], pattern[place...]) {
        at += 1
        place += length
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        (at, place) = (last.name + 1, last.pattern + 1)
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == "*" }
  }

  /// Returns the length of the pattern's part that a scalar matches; nil if it does not match.
  private static func matchedLength(_ scalar: Unicode.Scalar, _ pattern: ArraySlice<Unicode.Scalar>) -> Int? {
    guard let first = pattern.first else { return nil }
    if first == "?" { return 1 }
    guard first == "[", let end = pattern.dropFirst(2).firstIndex(of: "]") else { return first == scalar ? 1 : nil }
    var set = pattern[(pattern.startIndex + 1)..<end]
    let isNegated = set.first == "!" || set.first == "^"
    if isNegated { set = set.dropFirst() }
    var isIn = false
    while let low = set.first {
      let isRange = set.count > 2 && set[set.startIndex + 1] == "-"
      let high = isRange ? set[set.startIndex + 2] : low
      if low <= scalar, scalar <= high { isIn = true }
      set = set.dropFirst(isRange ? 3 : 1)
    }
    return isIn != isNegated ? end - pattern.startIndex + 1 : nil
  }
}
