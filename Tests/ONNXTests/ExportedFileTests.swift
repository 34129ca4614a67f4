import SwiftProtobuf
import TestSupport
import Tensors
import Testing

@testable import Graph
@testable import Interchange

/// What an exported file holds, and what cannot be exported.
@Suite struct ExportedFileTests {
  @Test func everyOperationHasARow() {
    for kind in OperationRegistry.all { #expect(kind is any ONNXOperation.Type, "\(kind)") }
  }
}
