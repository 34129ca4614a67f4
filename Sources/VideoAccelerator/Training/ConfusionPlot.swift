import Training

/// A confusion matrix as SVG: a row for each class, a column for each class that its videos are taken for.
struct ConfusionPlot {
  /// The most classes whose names can still be read.
  private static let classLimit = 40
  private static let nameWidth = 150.0

  private let matrix: ConfusionMatrix
  private let classes: [String]
  private let size: Double

  /// A plot; nil where there are too many classes for one.
  init?(matrix: ConfusionMatrix, classes: [String]) {
    guard (2...Self.classLimit).contains(classes.count) else { return nil }
    self.matrix = matrix
    self.classes = classes
    size = min(56, max(18, 520 / Double(classes.count)))
  }

  var section: Markup {
    let side = Self.nameWidth + Double(classes.count) * size + 8
    return """
      <section>
      <h2>Which is taken for which</h2>
      <p class="lead">A row for each class: the shares of its videos that were taken for the classes of the columns.</p>
      <div class="scroll"><svg class="confusion" viewBox="0 0 \(side) \(side)" style="max-width:\(side)px" role="img"
      aria-label="Confusion matrix of \(classes.count) classes, \(matrix.total) videos">
      \(classes.indices.map(names))
      \(classes.indices.flatMap { label in classes.indices.map { cell(label, $0) } })
      </svg></div>
      </section>
      """
  }

  private func names(_ label: Int) -> Markup {
    let centre = Self.nameWidth + (Double(label) + 0.5) * size
    let name = classes[label].count > 20 ? "\(classes[label].prefix(19))…" : classes[label]
    return """
      <text class="tick" x="\(Self.nameWidth - 8)" y="\(centre + 4)" text-anchor="end">\(name)<title>\(classes[label])</title></text>\
      <text class="tick" transform="translate(\(centre + 4) \(Self.nameWidth - 8)) rotate(-90)">\(name)<title>\(classes[label])</title></text>
      """
  }

  private func cell(_ label: Int, _ predicted: Int) -> Markup {
    let count = matrix[label, predicted]
    let share = Double(count) / Double(max(matrix.total(of: label), 1))
    let x = Self.nameWidth + Double(predicted) * size
    let y = Self.nameWidth + Double(label) * size
    let tip = """
      \(classes[label])
      \(label == predicted ? "right" : "taken for \(classes[predicted])"): \(count) of \(matrix.total(of: label)), \((share * 100).fixed(0)) %
      """
    let figure: Markup =
      count > 0 && size >= 26
      ? """
      <text class="count \(share > 0.5 ? "over" : "")" x="\(x + size / 2)" y="\(y + size / 2 + 4)" text-anchor="middle">\(count)</text>
      """ : ""
    return """
      <rect class="empty" x="\(x + 1)" y="\(y + 1)" width="\(size - 2)" height="\(size - 2)" rx="3"/>\
      <rect class="cell \(label == predicted ? "k2" : "k5")" data-step="\(label) \(predicted)" x="\(x + 1)" y="\(y + 1)" \
      width="\(size - 2)" height="\(size - 2)" rx="3" style="fill-opacity:\(share)"><title>\(tip)</title></rect>\(figure)
      """
  }
}
