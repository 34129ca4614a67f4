import Foundation
import Testing

@Suite struct ArticleTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The documentation's articles by name.
  private static var articles: [(name: String, text: String)] {
    get throws {
      let folder = root.appendingPathComponent("Sources/VideoAccelerator/VideoAccelerator.docc")
      return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".md") }.map {
        ($0, try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8))
      }
    }
  }

  /// The programs in `Examples`, by the name of the article that shows them.
  private static var programs: [(article: String, text: String)] {
    get throws {
      try [
        ("BuildYourOwnEfficientModel", "BuildYourOwn"), ("UseTheModelZoo", "UseTheModelZoo"),
        ("AccelerateYourModel", "AccelerateYourModel"),
      ].map {
        let path = root.appendingPathComponent("Examples/Sources/\($1)/main.swift")
        return ($0, try String(contentsOf: path, encoding: .utf8))
      }
    }
  }

  @Test func codeInArticlesIsThePrograms() throws {
    let programs = try Self.programs
    var quotes = 0
    for (name, text) in try Self.articles {
      for part in text.components(separatedBy: "```swift\n").dropFirst() {
        let code = try #require(part.components(separatedBy: "```").first)
        #expect(programs.contains { $0.text.contains(code) }, "\(name) shows code that is in no program:\n\(code)")
        quotes += 1
      }
    }
    #expect(quotes >= 12)
  }

  @Test func tutorialsShowTheWholePrograms() throws {
    for (name, program) in try Self.programs {
      let tutorial = try #require(try Self.articles.first { $0.name == "\(name).md" }).text
      let shown = program.components(separatedBy: "// What the article does not show").first ?? ""
      let paragraphs = shown.components(separatedBy: "\n\n").dropFirst().filter { !$0.isEmpty && !$0.hasPrefix("//") }
      #expect(paragraphs.count > 4)
      for paragraph in paragraphs {
        #expect(tutorial.contains(paragraph), "\(name) leaves out:\n\(paragraph)")
      }
    }
  }
}
