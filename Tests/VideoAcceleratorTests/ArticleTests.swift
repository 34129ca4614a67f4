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

  @Test func codeInArticlesIsThePrograms() throws {
    let program = try String(
      contentsOf: Self.root.appendingPathComponent("Examples/Sources/BuildYourOwn/main.swift"), encoding: .utf8)
    var quotes = 0
    for (name, text) in try Self.articles {
      for part in text.components(separatedBy: "```swift\n").dropFirst() {
        let code = try #require(part.components(separatedBy: "```").first)
        #expect(program.contains(code), "\(name) shows code that is not in the program:\n\(code)")
        quotes += 1
      }
    }
    #expect(quotes >= 6)
  }

  @Test func theTutorialShowsTheWholeProgram() throws {
    let tutorial = try #require(try Self.articles.first { $0.name.hasPrefix("BuildYourOwn") }).text
    let program = try String(
      contentsOf: Self.root.appendingPathComponent("Examples/Sources/BuildYourOwn/main.swift"), encoding: .utf8)
    let shown = program.components(separatedBy: "// What the article does not show").first ?? ""
    let paragraphs = shown.components(separatedBy: "\n\n").dropFirst().filter { !$0.isEmpty }
    #expect(paragraphs.count > 5)
    for paragraph in paragraphs { #expect(tutorial.contains(paragraph), "the tutorial leaves out:\n\(paragraph)") }
  }
}
