import IR
import Tensors

// PyTorch's assignments to slices, `x[:, 1:] = y`, are exported as scatters of every single position. The positions are
// far more than the values, and slices and concatenations do the same.

extension ONNXImportedNode {
  /// Returns the result of a scatter whose positions are a box of its input, without the positions; nil for others.
  func boxUpdate() throws -> ONNXValue? {
    guard try scatterReduction() == nil, let shape = try type(0).fixedShape, let box = try box(input(1), in: shape),
      try type(2).fixedShape == box.map(\.count) + shape[box.count...]
    else { return nil }
    return try updated(input(0), shape, box, with: input(2))
  }

  /// Returns a value with a box replaced: axis by axis what is before it, the box, and what is after it.
  private func updated(_ x: ONNXValue, _ shape: [Int], _ box: [Range<Int>], with updates: ONNXValue) throws -> ONNXValue
  {
    guard let axis = box.indices.first(where: { box[$0] != 0..<shape[$0] }) else { return updates }
    let range = box[axis]
    let slice = { (bounds: Range<Int>) in
      try add(Operations.Slice(axis: axis, start: bounds.lowerBound, end: bounds.upperBound), x)
    }
    var (inner, innerBox) = (shape, box)
    inner[axis] = range.count
    innerBox[axis] = 0..<range.count
    // Where the box is all that is left of the input, that is not needed.
    let rest = innerBox.indices.contains { innerBox[$0] != 0..<inner[$0] }
    let middle = try rest ? updated(slice(range), inner, innerBox, with: updates) : updates
    let before = range.lowerBound > 0 ? [try slice(0..<range.lowerBound)] : []
    let after = range.upperBound < shape[axis] ? [try slice(range.upperBound..<shape[axis])] : []
    return try concatenated(before + [middle] + after, axis: axis)
  }

  /// Returns the box of positions `[d…, k]` on the first k axes of a shape; nil if they are no box.
  private func box(_ positions: ONNXValue, in shape: [Int]) throws -> [Range<Int>]? {
    let type = try type(of: positions)
    guard type.elementType == .int64 || type.elementType == .int32, let lengths = type.fixedShape,
      let rank = lengths.last, rank == lengths.count - 1, rank > 0, rank <= shape.count,
      lengths.allSatisfy({ $0 > 0 })
    else { return nil }
    var box: [Range<Int>] = []
    for axis in 0..<rank {
      guard let start = try start(of: positions, lengths, axis: axis), start >= 0, lengths[axis] <= shape[axis] - start
      else { return nil }
      box.append(start..<start + lengths[axis])
    }
    return box
  }

  /// Returns the first of an axis's positions, if they are consecutive and do not depend on other axes.
  private func start(of positions: ONNXValue, _ lengths: [Int], axis: Int) throws -> Int? {
    let rank = lengths.count - 1
    if case .tensor(let tensor, _) = positions {
      return Self.start(of: tensor.integers, column: axis, of: rank, lengths, axis: axis)
    }
    // Coordinates of their own, known or repeated, that are joined.
    guard let join = importer.producer(of: positions), join.inputs.count == rank,
      (join.operation as? Operations.Concat)?.axis == rank,
      try type(of: join.inputs[axis]).fixedShape == lengths.dropLast() + [1]
    else { return nil }
    if case .tensor(let tensor, _) = join.inputs[axis] {
      return Self.start(of: tensor.integers, column: 0, of: 1, lengths, axis: axis)
    }
    guard let column = importer.producer(of: join.inputs[axis]), column.operation is Operations.Reshape,
      let repeated = importer.producer(of: column.inputs[0]), repeated.operation is Operations.Expand,
      try type(of: column.inputs[0]).fixedShape == Array(lengths.dropLast()),
      case .tensor(let tensor, _) = repeated.inputs[0], tensor.count == lengths[axis],
      tensor.rank >= rank - axis, tensor.shape[tensor.rank - rank + axis] == lengths[axis]
    else { return nil }
    let numbers = tensor.integers
    guard let first = numbers.first, numbers.enumerated().allSatisfy({ $1 == first &+ $0 }) else { return nil }
    return first
  }

  /// Returns the first of an axis's positions in a column of a table, if they are consecutive along the axis and repeated along
  /// all others.
  private static func start(of table: [Int], column: Int, of columns: Int, _ lengths: [Int], axis: Int) -> Int? {
    let inner = lengths[(axis + 1)...].dropLast().reduce(1, *)
    let first = table[column]
    for row in 0..<table.count / columns
    where table[row * columns + column] != first &+ row / inner % lengths[axis] {
      return nil
    }
    return first
  }
}
