import Foundation
import Tensors
import Testing

@testable import Formats

/// The files that scripts/fuzz-onnx begins with: small, damaged, and each through other code of the importer.
@Suite struct CorpusTests {
  @Test func eachFileIsAGraphOrAnError() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fuzzers/Corpus")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".onnx") }
    #expect(files.count > 100)
    for file in files {
      do {
        let graph = try ONNXImport(contentsOf: folder.appendingPathComponent(file).path).graph
        _ = try graph.specialized(to: graph.inputTypes.map { $0.type.shape.map { $0.value ?? 2 } }).blocks()
      } catch is any UserFacingError {}
    }
  }
}
