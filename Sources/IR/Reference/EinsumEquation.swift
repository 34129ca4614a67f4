/// An Einstein summation such as `bij,bjk->bik`: which axes of the operands are one index, and which indices remain.
package struct EinsumEquation {
  /// An index: a letter, or the n-th axis from the end of an ellipsis.
  package enum Index: Hashable, Comparable {
    case ellipsis(fromEnd: Int)
    case letter(Character)

    /// Whether it is an axis of an ellipsis.
    var isEllipsis: Bool {
      if case .ellipsis = self { true } else { false }
    }

    /// In the order of an implicit result: the ellipsis, outermost axis first, and then letters.
    package static func < (left: Index, right: Index) -> Bool {
      switch (left, right) {
      case (.ellipsis(let a), .ellipsis(let b)): a > b
      case (.letter(let a), .letter(let b)): a < b
      case (.ellipsis, .letter): true
      case (.letter, .ellipsis): false
      }
    }
  }

  /// The index of each axis of each operand.
  package let operands: [[Index]]
  /// The index of each axis of the result.
  package let result: [Index]
  /// The indices that are summed over.
  package let summed: [Index]

  /// Parses an equation for operands with given ranks.
  ///
  /// - Throws: ``ShapeError`` if it is not an equation of as many operands of these ranks.
  package init(_ text: String, ranks: [Int]) throws(ShapeError) {
    let sides = Self.split(text.filter { !$0.isWhitespace }, at: "->")
    let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard sides.count <= 2, terms.count == ranks.count else {
      throw ShapeError("the equation '\(text)' is not one of \(ranks.count) operands")
    }
    var operands: [[Index]] = []
    for (term, rank) in zip(terms, ranks) {
      let letters = try Self.letters(term, of: text)
      let ellipsis = rank - letters.before.count - (letters.after?.count ?? 0)
      guard ellipsis >= 0, letters.after != nil || ellipsis == 0 else {
        throw ShapeError("'\(term)' in the equation '\(text)' is not an operand of \(rank) axes")
      }
      operands.append(Self.indices(letters, ellipsis: ellipsis))
    }
    self.operands = operands
    let ellipsis = operands.map { $0.count(where: \.isEllipsis) }.max() ?? 0
    if sides.count == 2 {
      let letters = try Self.letters(sides[1], of: text)
      result = Self.indices(letters, ellipsis: letters.after == nil ? 0 : ellipsis)
    } else {
      // Without a right side, what occurs once remains, in alphabetical order.
      let counts = Dictionary(operands.joined().map { ($0, 1) }, uniquingKeysWith: +)
      result = counts.filter { $0.value == 1 || $0.key.isEllipsis }.keys.sorted()
    }
    guard Set(result).count == result.count, Set(result).isSubset(of: operands.joined()) else {
      throw ShapeError("the result of the equation '\(text)' must have indices of the operands, once each")
    }
    summed = Set(operands.joined()).subtracting(result).sorted()
  }

  /// Returns the parts of a text between separators.
  static func split(_ text: String, at separator: String) -> [String] {
    var parts = [""]
    var rest = Substring(text)
    while let character = rest.first {
      if rest.hasPrefix(separator) {
        parts.append("")
        rest = rest.dropFirst(separator.count)
      } else {
        parts[parts.count - 1].append(character)
        rest = rest.dropFirst()
      }
    }
    return parts
  }

  /// Returns the letters before and after an ellipsis; those after it are nil if there is none.
  private static func letters(_ term: String, of text: String) throws(ShapeError) -> (before: String, after: String?) {
    let parts = split(term, at: "...")
    guard parts.count <= 2, parts.joined().allSatisfy({ $0.isASCII && $0.isLetter }) else {
      throw ShapeError("'\(term)' in the equation '\(text)' must be letters and at most one ellipsis")
    }
    return (parts[0], parts.count == 2 ? parts[1] : nil)
  }

  private static func indices(_ letters: (before: String, after: String?), ellipsis: Int) -> [Index] {
    letters.before.map { .letter($0) } + (0..<ellipsis).reversed().map { .ellipsis(fromEnd: $0) }
      + (letters.after ?? "").map { .letter($0) }
  }

  /// Returns the length of each index. An axis of length 1 repeats if it is the ellipsis's.
  ///
  /// - Throws: ``ShapeError`` if axes of one index have different lengths.
  func lengths(_ shapes: [[Dimension]]) throws(ShapeError) -> [Index: Dimension] {
    var lengths: [Index: Dimension] = [:]
    for (indices, shape) in zip(operands, shapes) {
      for (index, length) in zip(indices, shape) {
        guard let known = lengths[index] else {
          lengths[index] = length
          continue
        }
        lengths[index] = try Dimension.broadcast([known], [length])[0]
      }
    }
    return lengths
  }
}
