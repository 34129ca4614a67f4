/// Keeps a class until another one leads by a margin.
package enum Hysteresis {
  /// Returns the class that follows another one.
  ///
  /// - Parameters:
  ///   - current: The class; nil if there is none yet.
  ///   - scores: The score of each class.
  ///   - margin: The lead in score that another class needs.
  package static func successor(of current: Int?, in scores: [Float], margin: Float) -> Int {
    let leader = scores.indices.max { scores[$0] < scores[$1] } ?? 0
    guard let current else { return leader }
    return scores[leader] - scores[current] > margin ? leader : current
  }
}
