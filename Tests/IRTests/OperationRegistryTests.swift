import Foundation
import Testing

@testable import IR

@Suite struct OperationRegistryTests {
  @Test func everyFileOfAnOperationIsRegistered() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/IR/Operations")
    let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    let found = try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.map {
      try String(contentsOf: $0, encoding: .utf8)
    }
    .flatMap { $0.matches(of: /static let name = "(\w+)"/).map { String($0.1) } }
    #expect(Set(found) == Set(OperationRegistry.byName.keys))
  }
}
