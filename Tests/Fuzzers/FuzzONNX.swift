import Foundation
import Formats
import Tensors

// What libFuzzer calls with each file; scripts/fuzz-onnx builds and runs it.

private let path = "/dev/shm/fuzz-\(getpid()).onnx"

/// Imports a model of these bytes, which must give a model or an error with a message.
@_cdecl("LLVMFuzzerTestOneInput")
public func importModel(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  FileManager.default.createFile(atPath: path, contents: Data(bytes: start, count: count))
  do { _ = try ONNXImport(contentsOf: path) } catch is any UserFacingError {} catch {
    fatalError("an error without a message for users: \(error)")
  }
  return 0
}
