import Tensors

/// Finds classes that differ in a direction, which mirrored clips cannot show.
public enum MirroredClasses {
  /// Pairs of words that are each other's mirror image.
  private static let words: [String: String] = {
    let pairs = [
      ("left", "right"), ("leftward", "rightward"), ("leftwards", "rightwards"), ("lefthand", "righthand"),
      ("clockwise", "counterclockwise"), ("clockwise", "anticlockwise"), ("cw", "ccw"), ("l", "r"), ("lhs", "rhs"),
      ("west", "east"), ("westbound", "eastbound"), ("links", "rechts"), ("gauche", "droite"), ("izquierda", "derecha"),
      ("sinistra", "destra"), ("esquerda", "direita"), ("左", "右"),
    ]
    var words: [String: String] = [:]
    for (one, other) in pairs {
      words[one] = words[one] ?? other
      words[other] = one
    }
    return words
  }()
  /// Words that also have another meaning: they count only if the mirrored class exists too.
  private static let ambiguous: Set = ["l", "r", "cw", "ccw", "west", "east", "links", "right", "droite", "destra"]

  /// Returns a warning about classes whose names contain a direction, if their clips are to be mirrored; nil if there
  /// are none.
  ///
  /// - Parameter classes: The names of the classes.
  public static func warning(for classes: [String]) -> String? {
    let words = classes.map(Self.words)
    let known = Dictionary(words.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var pairs: [String] = []
    var alone: [String] = []
    for (index, own) in words.enumerated() {
      let directions = own.filter { Self.words[$0] != nil }
      if directions.isEmpty { continue }
      // "Counterclockwise" has two mirror images of its own; whichever class is there counts.
      let mirrored = own.map { Self.words[$0] ?? $0 }
      let others = [mirrored, mirrored.map { $0 == "counterclockwise" ? "anticlockwise" : $0 }]
      if let other = others.lazy.compactMap({ known[$0] }).first, other != index {
        if index < other { pairs.append("\"\(classes[index].printable)\" and \"\(classes[other].printable)\"") }
      } else if directions.contains(where: { !ambiguous.contains($0) }) {
        alone.append(classes[index])
      }
    }
    let advice = "clips are flipped from left to right in training, which takes that away: turn flips off"
    if let first = pairs.first {
      let more = pairs.count > 1 ? " (and \(pairs.count - 1) more pairs)" : ""
      return "the classes \(first)\(more) look like mirror images of each other; \(advice)"
    }
    return alone.isEmpty ? nil : "the class names \(listed(alone)) say a direction; \(advice)"
  }

  /// The words of a name, in lower case: letters that follow each other, taken apart where a capital begins a word.
  private static func words(_ name: String) -> [String] {
    var words: [String] = []
    var word = ""
    var wasLower = false
    for character in name {
      guard character.isLetter else {
        if !word.isEmpty { words.append(word) }
        word = ""
        wasLower = false
        continue
      }
      if wasLower, character.isUppercase {
        words.append(word)
        word = ""
      }
      // Characters of scripts without spaces are words.
      if character == "左" || character == "右" {
        if !word.isEmpty { words.append(word) }
        words.append(String(character))
        word = ""
        wasLower = false
        continue
      }
      wasLower = character.isLowercase
      word += character.lowercased()
    }
    if !word.isEmpty { words.append(word) }
    // `anti-clockwise`, `counter clockwise`, `left hand` are one word each.
    var joined: [String] = []
    for word in words {
      if let last = joined.last, Self.words[last + word] != nil, last == "anti" || last == "counter" {
        joined[joined.count - 1] = last + word
      } else {
        joined.append(word)
      }
    }
    return joined
  }
}
