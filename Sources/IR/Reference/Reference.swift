import Tensors

/// The reference implementation of each operation, on float32 tensors in the layouts of the API (`[N, C, T, H, W]`,
/// row-major).
///
/// These functions are the specification: readable loops that optimized kernels are tested against. The caller must
/// check shapes, as the graph's shape rules do; a wrong shape is a programming error.
public enum Reference {}

extension Reference {
  /// Returns the product of some dimensions.
  static func product(_ dimensions: some Sequence<Int>) -> Int { dimensions.reduce(1, *) }

  /// Returns the row-major strides of a shape.
  static func strides(of shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in stride(from: shape.count - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    return strides
  }

  /// Calls `body` with the elements of an optional tensor, or nil.
  static func withElements<Result>(
    of tensor: Tensor?, _ body: (UnsafeBufferPointer<Float>?) throws -> Result
  ) rethrows -> Result {
    guard let tensor else { return try body(nil) }
    return try tensor.withUnsafeElements(as: Float.self) { try body($0) }
  }
}
