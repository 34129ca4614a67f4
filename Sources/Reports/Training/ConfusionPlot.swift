import Training

/// A confusion matrix as a table of colored cells: a row for each class, a column for each predicted class.
struct ConfusionPlot {
  /// The largest number of classes whose names can be read.
  private static let classLimit = 40

  private let matrix: ConfusionMatrix
  private let classes: [String]
  /// The side of a cell in pixels.
  private let size: Int

  /// Creates a plot; returns nil if there are too many classes.
  init?(matrix: ConfusionMatrix, classes: [String]) {
    guard (2...Self.classLimit).contains(classes.count) else { return nil }
    self.matrix = matrix
    self.classes = classes
    size = min(48, max(17, 560 / classes.count))
  }

  var table: Markup {
    """
    <div class="scroll" tabindex="0"><table class="confusion" style="--s:\(size)px"
    aria-label="Confusion matrix of \(classes.count) classes, \(matrix.total) videos">
    <thead><tr><td class="corner">class ↓<br>predicted →</td>
    \(classes.map { "<th scope=\"col\"><span>\(Page.breakable($0))</span></th>" as Markup })</tr></thead>
    <tbody>\(classes.indices.map(row))</tbody>
    </table></div>
    """
  }

  private func row(_ label: Int) -> Markup {
    """
    <tr><th scope="row">\(Page.breakable(classes[label]))</th>\(classes.indices.map { cell(label, $0) })</tr>
    """
  }

  private func cell(_ label: Int, _ predicted: Int) -> Markup {
    let count = matrix[label, predicted]
    let share = Double(count) / Double(max(matrix.total(of: label), 1))
    let tip = """
      \(classes[label])
      \(label == predicted ? "correct" : "predicted as \(classes[predicted])"): \(count) of \(matrix.total(of: label)), \((share * 100).fixed(0)) %
      """
    // Between the faintest visible color and the full one.
    let depth = count > 0 ? 0.15 + 0.85 * share : 0
    return """
      <td class="cell \(label == predicted ? "k2" : "k5")" data-step="\(label) \(predicted)" style="--share:\(depth)" \
      title="\(tip)">\(count > 0 && size >= 22 ? "\(count)" : "")</td>
      """
  }
}
