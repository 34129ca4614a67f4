import Tensors

/// What may still be computed of constants while a graph is imported or specialized: results can be far larger than what
/// describes them, and take hours. What is over the budget stays an operation, which each run computes.
package struct FoldingBudget {
  /// The bytes that results may have.
  private var memory: Int
  /// The bytes and multiply-adds that operations may read, write and do.
  private var work: Int
  /// The bytes that one result may have.
  private let largest: Int

  /// Shares of memory and work that only results of at most `small` bytes take: without shape arithmetic a network cannot be
  /// imported, however much else is computed.
  private static let reserve = 1 << 25
  private static let small = 1 << 12

  /// Creates a budget.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of the constants that there are: the more, the more may be computed of them.
  ///   - largest: The bytes that one result may have.
  package init(bytes: Int = 0, largest: Int) {
    memory = 1 << 27 + bytes
    work = 1 << 29 + 16 * bytes
    self.largest = largest
  }

  /// Returns whether an operation may be computed, whose cost is then subtracted.
  package mutating func allows(_ operation: any Operation, _ inputs: [Tensor], results: [ValueType]) -> Bool {
    let sizes = results.compactMap(\.extent), operands = inputs.compactMap { ValueType($0).extent }
    guard sizes.count == results.count, operands.count == inputs.count, sizes.allSatisfy({ $0 <= largest }) else {
      return false
    }
    let size = sizes.reduce(0, +)
    let cost = operands.reduce(size, +)
    let products = operation.multiplyAdds(inputs: inputs.map(\.shape), results: results.compactMap(\.fixedShape))
    let reserve = size <= Self.small ? 0 : Self.reserve
    guard size <= memory - reserve, cost <= work - reserve, products <= (work - reserve - cost) / 4 else {
      return false
    }
    memory -= size
    work -= cost + 4 * products
    return true
  }
}

extension ValueType {
  /// The size in bytes with lengths of 0 taken as 1, as loops over the other axes take time even where there are no elements;
  /// nil if a length is not known.
  var extent: Int? {
    fixedShape.flatMap { Tensor.byteCount(shape: $0.map { max($0, 1) }, elementType: elementType) }
  }
}
