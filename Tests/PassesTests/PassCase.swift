import Architectures
import IR
import PassTestSupport
import Passes
import Tensors
import Testing

/// A pass by its name, the network that shows it, and the operations after it.
struct PassCase: Sendable, CustomTestStringConvertible {
  let pass: String
  let example: @Sendable () throws -> Example
  let operations: [String]

  init(
    _ pass: String, _ example: @autoclosure @escaping @Sendable () throws -> Example, _ operations: [String]
  ) {
    self.pass = pass
    self.example = example
    self.operations = operations
  }

  var testDescription: String { "\(pass) → \(operations.joined(separator: " "))" }
}

/// Layers that cases are made of.
extension PassCase {
  static func pointwise(_ inputs: Int, _ outputs: Int, stride: [Int] = [1, 1, 1], bias: Bool = true) -> Conv3d {
    Conv3d(inputs, outputs, kernel: [1, 1, 1], stride: stride, bias: bias)
  }

  static func depthwise(_ channels: Int, stride: [Int] = [1, 1, 1], bias: Bool = false) -> Conv3d {
    Conv3d(
      channels, channels, kernel: [3, 3, 3], stride: stride, padding: [1, 1, 1], groups: channels, bias: bias)
  }

  static func relu(_ x: SymbolicTensor) -> SymbolicTensor { x.applying(Operations.Activation(.relu)) }
  static func swish(_ x: SymbolicTensor) -> SymbolicTensor { x.applying(Operations.Activation(.swish)) }
  static func sigmoid(_ x: SymbolicTensor) -> SymbolicTensor { x.applying(Operations.Activation(.sigmoid)) }

  /// A number in the graph of `x`.
  static func number(_ value: Double, _ x: SymbolicTensor) -> SymbolicTensor {
    x.builder.constant(Tensor([Float(value)], shape: []))
  }
}
