/// A self-contained page: no network, no fonts, and readable without a script.
///
/// Everything is static HTML and SVG. Elements that belong to the same step or value have the same `data-step`; the
/// script turns titles into tips, highlights what belongs together, and sorts tables.
package enum Page {
  /// Returns the whole document around its sections.
  ///
  /// - Parameters:
  ///   - title: The title of the document.
  ///   - model: The model that the page is about.
  ///   - origin: How the page was made.
  ///   - notes: How to read the page, at the start of its footer.
  ///   - sections: The sections.
  package static func document(
    title: String, model: String, origin: PageOrigin, notes: Markup, _ sections: Markup
  ) -> Markup {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(title)</title>
    <style>\(style)</style>
    </head>
    <body>
    <main>
    \(sections)
    <footer>
    \(notes)
    \(foot(model: model, origin))
    </footer>
    </main>
    <div id="tip" role="tooltip" hidden></div>
    <script>\(script)</script>
    </body>
    </html>

    """
  }

  private static func foot(model: String, _ origin: PageOrigin) -> Markup {
    let rows: [(name: String, value: Markup)] = [
      ("made", "\(origin.dateText)"), ("version", "VideoAccelerator \(VideoAcceleratorVersion.version)"),
      ("model", "\(model)"), ("machine", "\(origin.machine)"),
    ]
    let command = origin.command.map { [(name: "command", value: "<code>\($0)</code>" as Markup)] } ?? []
    return """
      <dl class="origin">
      \((rows + command).map { "<div><dt>\($0.name)</dt><dd>\($0.value)</dd></div>\n" as Markup })</dl>
      """
  }

  /// Returns the header with the subject of the page and its key figures.
  package static func header(eyebrow: String, title: String, facts: [String], figures: [Markup]) -> Markup {
    """
    <header>
    <p class="eyebrow">\(eyebrow)</p>
    <h1>\(title)</h1>
    <p class="facts">\(facts.filter { !$0.isEmpty }.map { "<span>\($0)</span> " as Markup })</p>
    <dl class="figures">
    \(figures)
    </dl>
    </header>
    """
  }

  /// Returns one of the header's figures.
  package static func figure(_ name: String, _ value: String, _ unit: String, _ note: String) -> Markup {
    "<div><dt>\(name)</dt><dd><b>\(value)</b> \(unit)</dd><dd class=\"note\">\(note)</dd></div>"
  }

  /// Returns a name that may break into lines after the characters that join its parts.
  package static func breakable(_ name: String) -> Markup {
    var result = "" as Markup
    var part = ""
    for character in name {
      part.append(character)
      if "./+_".contains(character) {
        result = "\(result)\(part)<wbr>"
        part = ""
      }
    }
    return "\(result)\(part)"
  }

  /// Returns a table with a column for each name; columns of numbers are right-aligned. A click on a name sorts.
  package static func table(_ columns: [(name: String, isText: Bool)], rows: [Markup]) -> Markup {
    """
    <div class="scroll" tabindex="0"><table class="sortable">
    <thead><tr>\(columns.map { name, isText -> Markup in
      "<th scope=\"col\" class=\"\(isText ? "text" : "number")\"><button type=\"button\">\(name)</button></th>"
    })</tr></thead>
    <tbody>\(rows)</tbody>
    </table></div>
    """
  }

  /// Returns names with a bar and a text each, in proportion to the largest.
  package static func bars(_ rows: [(name: String, size: Double, text: String)], colour: Markup = "plain") -> [Markup] {
    let most = max(rows.map(\.size).max() ?? 0, 1e-9)
    return rows.map { row in
      """
      <div class="bar \(colour)"><span class="label">\(breakable(row.name))</span>
      <span class="track"><i style="width:\(100 * row.size / most)%"></i></span>
      <span class="value end">\(row.text)</span></div>
      """
    }
  }
}
