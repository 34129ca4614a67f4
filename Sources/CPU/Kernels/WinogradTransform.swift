/// The transform of a 3×3 window's weights, `G g Gᵀ`.
struct WinogradTransform {
  /// G's rows: a position for each.
  private let rows: [(Double, Double, Double)]

  init(tile: Int) {
    let (sixth, twelfth) = (1.0 / 6, 1.0 / 12)
    rows =
      tile == 2
      ? [(1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1)]
      : [
        (0.25, 0, 0), (-sixth, -sixth, -sixth), (-sixth, sixth, -sixth), (twelfth / 2, twelfth, sixth),
        (twelfth / 2, -twelfth, sixth), (0, 0, 1),
      ]
  }

  /// Calls `body` with each position and its weight, for a window in row-major order.
  func callAsFunction(_ window: UnsafePointer<Float>, _ body: (Int, Float) -> Void) {
    for (i, left) in rows.enumerated() {
      let column = { (j: Int) in
        left.0 * Double(window[j]) + left.1 * Double(window[3 + j]) + left.2 * Double(window[6 + j])
      }
      let (a, b, c) = (column(0), column(1), column(2))
      for (j, right) in rows.enumerated() {
        body(i * rows.count + j, Float(right.0 * a + right.1 * b + right.2 * c))
      }
    }
  }
}
