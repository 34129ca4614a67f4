import Foundation
import Formats
import IR
import Tensors

// What libFuzzer calls with each file; scripts/fuzz-onnx builds and runs it.

private let path = "/dev/shm/fuzz-\(getpid()).onnx"

/// Imports a model of these bytes and makes its graph ready for inputs, as `accelerator inspect` does: that must give a graph or
/// an error with a message.
@_cdecl("LLVMFuzzerTestOneInput")
public func importModel(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  FileManager.default.createFile(atPath: path, contents: Data(bytes: start, count: count))
  do {
    let graph = try ONNXImport(contentsOf: path).graph
    let shapes = graph.inputTypes.map { $0.type.shape.map { $0.value ?? 2 } }
    _ = try graph.specialized(to: shapes).blocks()
  } catch is any UserFacingError {} catch {
    fatalError("an error without a message for users: \(error)")
  }
  return 0
}
