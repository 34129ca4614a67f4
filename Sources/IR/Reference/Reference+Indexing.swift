import Tensors

/// Operations whose elements are chosen by indices, which count from the end if they are negative.
extension Reference {
  /// Returns indices that are all in range and not negative.
  ///
  /// - Throws: ``ValueError`` for the first that is out of range.
  static func indices(_ x: Tensor, length: Int) throws(ValueError) -> [Int] {
    let indices = cast(x, to: .int64).elements(as: Int64.self)
    for index in indices where index >= length || index < -Int64(length) {
      throw ValueError("the index \(index) is out of range for \(length) elements")
    }
    return indices.map { Int($0 < 0 ? $0 + Int64(length) : $0) }
  }

  /// Returns the parts of an axis that indices select.
  ///
  /// - Parameters:
  ///   - x: A tensor of any shape and element type.
  ///   - indices: Indices of any shape, which takes the axis's place.
  ///   - axis: The axis.
  /// - Throws: ``ValueError`` if an index is out of range.
  public static func gather(_ x: Tensor, indices: Tensor, axis: Int) throws(ValueError) -> Tensor {
    let y = take(x, axis: axis, try self.indices(indices, length: x.shape[axis]))
    return y.reshaped(to: Array(x.shape[..<axis]) + indices.shape + Array(x.shape[(axis + 1)...]))
  }

  /// Returns, at each position of the indices, the element at that position with the index for one axis.
  ///
  /// - Parameters:
  ///   - x: A tensor of any shape and element type.
  ///   - indices: Indices of x's rank.
  ///   - axis: The axis.
  /// - Throws: ``ValueError`` if an index is out of range.
  public static func gatherElements(_ x: Tensor, indices: Tensor, axis: Int) throws(ValueError) -> Tensor {
    let places = try elementPlaces(of: indices, axis: axis, in: x.shape)
    return parts(of: x, at: places, count: 1, shape: indices.shape)
  }

  /// Returns the parts of a tensor at positions.
  ///
  /// - Parameters:
  ///   - x: A tensor of any shape and element type.
  ///   - indices: `[batch…, …, D]`: positions on the D axes after the batch.
  ///   - batchRank: The number of first axes that x and the indices share.
  /// - Throws: ``ValueError`` if an index is out of range.
  public static func gatherND(_ x: Tensor, indices: Tensor, batchRank: Int) throws(ValueError) -> Tensor {
    let depth = indices.shape[indices.rank - 1]
    let axes = batchRank..<batchRank + depth
    var places = try partPlaces(of: indices, axes: axes, in: x.shape)
    let perBatch = product(indices.shape[batchRank..<indices.rank - 1])
    let partsInBatch = product(x.shape[axes])
    for index in places.indices where perBatch > 0 { places[index] += index / perBatch * partsInBatch }
    let part = Array(x.shape[(batchRank + depth)...])
    return parts(of: x, at: places, count: product(part), shape: indices.shape.dropLast() + part)
  }

  /// Returns a tensor in which the elements at the positions of the indices, with the index for one axis, are replaced
  /// by updates or reduced with them.
  ///
  /// - Parameters:
  ///   - x: A tensor of any shape and element type.
  ///   - indices: Indices of x's rank.
  ///   - updates: A tensor of the indices' shape.
  ///   - axis: The axis.
  ///   - reduction: How an update is reduced with an element; nil to replace it.
  /// - Throws: ``ValueError`` if an index is out of range.
  public static func scatterElements(
    _ x: Tensor, indices: Tensor, updates: Tensor, axis: Int, _ reduction: BinaryFunction?
  ) throws(ValueError) -> Tensor {
    scatter(x, updates, at: try elementPlaces(of: indices, axis: axis, in: x.shape), count: 1, reduction)
  }

  /// Returns a tensor in which the parts at positions are replaced by updates or reduced with them.
  ///
  /// - Parameters:
  ///   - x: A tensor of any shape and element type.
  ///   - indices: `[…, D]`: positions on the first D axes.
  ///   - updates: `[…]` + x's axes after the first D.
  ///   - reduction: How an update is reduced with an element; nil to replace it.
  /// - Throws: ``ValueError`` if an index is out of range.
  public static func scatterND(
    _ x: Tensor, indices: Tensor, updates: Tensor, _ reduction: BinaryFunction?
  ) throws(ValueError) -> Tensor {
    let depth = indices.shape[indices.rank - 1]
    let places = try partPlaces(of: indices, axes: 0..<depth, in: x.shape)
    return scatter(x, updates, at: places, count: product(x.shape[depth...]), reduction)
  }

  /// Returns for each element of the indices the row-major place of the element that it selects along an axis.
  private static func elementPlaces(of indices: Tensor, axis: Int, in shape: [Int]) throws(ValueError) -> [Int] {
    var places = try self.indices(indices, length: shape[axis])
    var strides = self.strides(of: shape)
    let step = strides[axis]
    strides[axis] = 0
    forEachOffset(shape: indices.shape, strides: strides) { places[$0] = places[$0] * step + $1 }
    return places
  }

  /// Returns for each row of indices the row-major place of the part that it selects on some axes.
  private static func partPlaces(of indices: Tensor, axes: Range<Int>, in shape: [Int]) throws(ValueError) -> [Int] {
    let rows = product(indices.shape.dropLast())
    var places = [Int](repeating: 0, count: rows)
    for (column, axis) in axes.enumerated() {
      let part = slice(indices, axis: indices.rank - 1, start: column, end: column + 1, step: 1)
      for (row, index) in try self.indices(part, length: shape[axis]).enumerated() {
        places[row] = places[row] * shape[axis] + index
      }
    }
    return places
  }

  /// Returns the parts of `count` elements at some places, which count parts.
  private static func parts(of x: Tensor, at places: [Int], count: Int, shape: [Int]) -> Tensor {
    let size = count * x.elementType.byteCount
    return bytes(shape, like: x) { target in
      x.withUnsafeBytes { source in
        for (index, place) in places.enumerated() {
          copy(source, place * size, to: target, index * size, count: size)
        }
      }
    }
  }

  private static func scatter(
    _ x: Tensor, _ updates: Tensor, at places: [Int], count: Int, _ reduction: BinaryFunction?
  ) -> Tensor {
    if let reduction {
      func reduced<Element: Number>(as _: Element.Type) -> Tensor {
        var y = widened(x)
        let updates = widened(updates).elements(as: Element.self)
        y.withUnsafeMutableElements(as: Element.self) { y in
          for (index, update) in updates.enumerated() {
            let place = places[index / count] * count + index % count
            y[place] = Element.value(reduction, y[place], update)
          }
        }
        return cast(y, to: x.elementType)
      }
      return reduced(as: x.elementType.number)
    }
    let size = count * x.elementType.byteCount
    var y = x
    y.withUnsafeMutableBytes { target in
      updates.withUnsafeBytes { source in
        for (index, place) in places.enumerated() {
          copy(source, index * size, to: target, place * size, count: size)
        }
      }
    }
    return y
  }
}
