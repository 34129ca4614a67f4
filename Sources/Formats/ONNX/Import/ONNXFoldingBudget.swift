import IR
import Tensors

/// What may still be computed while a file is imported: constants can be far larger than the file that describes them,
/// and take hours. What is over the budget becomes an operation of the graph.
struct ONNXFoldingBudget {
  /// The bytes that results may have.
  private var memory: Int
  /// The bytes and multiply-adds that operations may read, write and do.
  private var work: Int

  /// Creates the budget of a file with this many bytes.
  init(fileSize: Int) {
    memory = 1 << 27 + fileSize
    work = 1 << 32 + 16 * fileSize
  }

  /// Returns whether an operation may be computed, whose cost is then subtracted. A result of more than 16 MB takes more
  /// memory and disk than it saves time.
  mutating func allows(_ operation: any Operation, _ inputs: [Tensor], results: [ValueType]) -> Bool {
    let shapes = results.compactMap(\.fixedShape)
    let sizes = results.compactMap { type in
      type.fixedShape.flatMap { Tensor.byteCount(shape: $0, elementType: type.elementType) }
    }
    guard sizes.count == results.count, sizes.allSatisfy({ $0 <= 1 << 24 }) else { return false }
    let size = sizes.reduce(0, +)
    let products = operation.multiplyAdds(inputs: inputs.map(\.shape), results: shapes)
    let cost = inputs.reduce(size) { $0 + $1.byteCount }
    guard size <= memory, cost <= work, products <= (work - cost) / 4 else { return false }
    memory -= size
    work -= cost + 4 * products
    return true
  }
}
