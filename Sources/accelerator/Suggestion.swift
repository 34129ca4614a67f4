/// Finds the known word that an unknown one may stand for.
enum Suggestion {
  /// Returns the known word that is nearest by edit distance, if it is near; nil otherwise.
  static func closest(to word: String, in known: [String]) -> String? {
    let word = word.lowercased().replacing("-", with: "_")
    guard (2...40).contains(word.count) else { return nil }
    let near = known.map { (name: $0, distance: distance(word, $0.lowercased().replacing("-", with: "_"))) }
      .filter { $0.distance <= max(1, min(word.count, $0.name.count) / 3) }
    return near.min { $0.distance < $1.distance }?.name
  }

  /// Returns the number of characters to insert, remove, replace or swap with the next one.
  private static func distance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a), Array(b))
    var before: [Int] = []
    var last = Array(0...b.count)
    for row in 1...max(a.count, 1) where row <= a.count {
      var next = [row]
      for column in 1...max(b.count, 1) where column <= b.count {
        let isEqual = a[row - 1] == b[column - 1]
        var best = min(last[column] + 1, next[column - 1] + 1, last[column - 1] + (isEqual ? 0 : 1))
        if row > 1, column > 1, a[row - 1] == b[column - 2], a[row - 2] == b[column - 1] {
          best = min(best, before[column - 2] + 1)
        }
        next.append(best)
      }
      (before, last) = (last, next)
    }
    return last[b.count]
  }
}
