import Tensors

/// Operations that only move elements, of any type.
extension Reference {
  /// Returns tensors joined along an axis.
  ///
  /// - Parameters:
  ///   - tensors: One or more tensors, equal except for the length of the axis.
  ///   - axis: The axis.
  public static func concatenate(_ tensors: [Tensor], axis: Int) -> Tensor {
    var shape = tensors[0].shape
    shape[axis] = tensors.reduce(0) { $0 + $1.shape[axis] }
    let outer = product(shape[..<axis])
    let inner = product(shape[(axis + 1)...]) * tensors[0].elementType.byteCount
    let rowBytes = shape[axis] * inner
    return bytes(shape, like: tensors[0]) { target in
      var column = 0
      for tensor in tensors {
        let partBytes = tensor.shape[axis] * inner
        tensor.withUnsafeBytes { source in
          for row in 0..<outer {
            copy(source, row * partBytes, to: target, row * rowBytes + column, count: partBytes)
          }
        }
        column += partBytes
      }
    }
  }

  /// Returns a tensor with its axes permuted: axis `i` of the result is axis `order[i]` of `x`.
  public static func permute(_ x: Tensor, order: [Int]) -> Tensor {
    let strides = self.strides(of: x.shape)
    return gather(x, shape: order.map { x.shape[$0] }, first: 0, strides: order.map { strides[$0] })
  }

  /// Returns every `step`-th element of an axis, from `start` up to but not including `end`.
  ///
  /// - Parameters:
  ///   - x: A tensor of any shape and element type.
  ///   - axis: The axis.
  ///   - start: The index of the first element.
  ///   - end: The index after the last element.
  ///   - step: The step from one element to the next.
  public static func slice(_ x: Tensor, axis: Int, start: Int, end: Int, step: Int) -> Tensor {
    var shape = x.shape
    shape[axis] = max(0, (end - start + step - 1) / step)
    var strides = self.strides(of: x.shape)
    let first = start * strides[axis]
    strides[axis] *= step
    return gather(x, shape: shape, first: first, strides: strides)
  }

  /// Returns a tensor repeated along axes of length 1 and new first axes.
  ///
  /// - Parameters:
  ///   - x: A tensor of any element type.
  ///   - shape: The shape of the result, to which x's broadcasts.
  public static func expand(_ x: Tensor, to shape: [Int]) -> Tensor {
    let added = shape.count - x.rank
    let strides = zip(self.strides(of: x.shape), x.shape).map { $1 == 1 ? 0 : $0 }
    return gather(x, shape: shape, first: 0, strides: [Int](repeating: 0, count: added) + strides)
  }

  /// Returns a tensor as often one after the other as `repeats` says for each axis.
  public static func tile(_ x: Tensor, repeats: [Int]) -> Tensor {
    // Each axis as two: the copies, and the elements of one.
    let strides = self.strides(of: x.shape)
    let shape = zip(repeats, x.shape).flatMap { [$0, $1] }
    let y = gather(x, shape: shape, first: 0, strides: strides.flatMap { [0, $0] })
    return y.reshaped(to: zip(repeats, x.shape).map { $0 * $1 })
  }

  /// Returns a tensor whose matrices, its last two axes, have zeros below or above a diagonal.
  ///
  /// - Parameters:
  ///   - x: `[…, M, N]`, of any element type.
  ///   - keepsUpper: Whether the elements on and above the diagonal are kept, and not those on and below.
  ///   - diagonal: The diagonal: 0 for the main one, n for the n-th above it.
  public static func triangle(_ x: Tensor, keepsUpper: Bool, diagonal: Int) -> Tensor {
    let (rows, columns) = (x.shape[x.rank - 2], x.shape[x.rank - 1])
    let size = x.elementType.byteCount
    return bytes(x.shape, like: x) { target in
      x.withUnsafeBytes { source in
        for row in 0..<(columns == 0 ? 0 : source.count / size / columns) {
          let edge = row % max(rows, 1) + diagonal
          let kept = keepsUpper ? max(edge, 0)..<max(edge, 0, columns) : 0..<max(0, edge + 1)
          let columnsKept = kept.clamped(to: 0..<columns)
          let first = (row * columns + columnsKept.lowerBound) * size
          copy(source, first, to: target, first, count: columnsKept.count * size)
        }
      }
    }
  }

  /// Returns a tensor padded with its own elements.
  ///
  /// - Parameters:
  ///   - x: A tensor of any shape and element type.
  ///   - before: The number of elements to add before each axis, 0 or more.
  ///   - after: The number of elements to add after each axis, 0 or more.
  ///   - mode: What is added.
  public static func pad(_ x: Tensor, before: [Int], after: [Int], _ mode: Operations.Pad.Mode) -> Tensor {
    x.shape.indices.filter { before[$0] != 0 || after[$0] != 0 }.reduce(x) { y, axis in
      let length = y.shape[axis]
      let indices = (-before[axis]..<length + after[axis]).map { mode.source(of: $0, length: length) }
      return take(y, axis: axis, indices)
    }
  }

  /// Returns the elements at some indices of an axis.
  static func take(_ x: Tensor, axis: Int, _ indices: [Int]) -> Tensor {
    var shape = x.shape
    shape[axis] = indices.count
    let inner = product(x.shape[(axis + 1)...]) * x.elementType.byteCount
    let length = x.shape[axis]
    return bytes(shape, like: x) { target in
      x.withUnsafeBytes { source in
        for outer in 0..<product(x.shape[..<axis]) {
          for (place, index) in indices.enumerated() {
            copy(
              source, (outer * length + index) * inner, to: target, (outer * indices.count + place) * inner,
              count: inner)
          }
        }
      }
    }
  }

  /// Returns a value along a new axis at an index, and another one elsewhere.
  ///
  /// - Parameters:
  ///   - indices: Indices; negative ones count from the end.
  ///   - values: `[2]`: the value elsewhere, and the one at the index.
  ///   - axis: The new axis.
  ///   - length: The length of the new axis.
  public static func oneHot(_ indices: Tensor, values: Tensor, axis: Int, length: Int) -> Tensor {
    let inner = product(indices.shape[axis...])
    var shape = indices.shape
    shape.insert(length, at: axis)
    var y = expand(slice(values, axis: 0, start: 0, end: 1, step: 1), to: shape)
    let size = values.elementType.byteCount
    y.withUnsafeMutableBytes { target in
      values.withUnsafeBytes { source in
        for (place, index) in cast(indices, to: .int64).elements(as: Int64.self).enumerated() {
          guard index < length, index >= -length else { continue }
          let row = place / inner * length + Int(index < 0 ? index + Int64(length) : index)
          copy(source, size, to: target, (row * inner + place % inner) * size, count: size)
        }
      }
    }
    return y
  }

  /// Returns a tensor padded with a constant, which its element type must be able to represent.
  ///
  /// - Parameters:
  ///   - x: A tensor of any shape.
  ///   - before: The number of elements to add before each axis, 0 or more.
  ///   - after: The number of elements to add after each axis, 0 or more.
  ///   - value: The constant.
  public static func pad(_ x: Tensor, before: [Int], after: [Int], value: Float) -> Tensor {
    let shape = x.shape.indices.map { before[$0] + x.shape[$0] + after[$0] }
    let strides = self.strides(of: shape)
    let first = zip(before, strides).reduce(0) { $0 + $1.0 * $1.1 }
    let size = x.elementType.byteCount
    // Whole rows are copied.
    let row = x.shape.last ?? 1
    var y = Tensor(repeating: Double(value), shape: shape, elementType: x.elementType)
    y.withUnsafeMutableBytes { target in
      x.withUnsafeBytes { source in
        forEachOffset(shape: Array(x.shape.dropLast()), strides: strides) { index, offset in
          copy(source, index * row * size, to: target, (first + offset) * size, count: row * size)
        }
      }
    }
    return y
  }

  /// Returns a tensor of the elements at `first + position · strides` of `x`.
  static func gather(_ x: Tensor, shape: [Int], first: Int, strides: [Int]) -> Tensor {
    let size = x.elementType.byteCount
    return bytes(shape, like: x) { target in
      x.withUnsafeBytes { source in
        forEachOffset(shape: shape, strides: strides) { index, offset in
          copy(source, (first + offset) * size, to: target, index * size, count: size)
        }
      }
    }
  }

  /// Calls `body` with each row-major index of `shape` and the offset that `strides` gives to its position.
  static func forEachOffset(shape: [Int], strides: [Int], _ body: (_ index: Int, _ offset: Int) -> Void) {
    var position = [Int](repeating: 0, count: shape.count)
    var offset = 0
    for index in 0..<product(shape) {
      body(index, offset)
      for axis in stride(from: shape.count - 1, through: 0, by: -1) {
        position[axis] += 1
        offset += strides[axis]
        if position[axis] < shape[axis] { break }
        offset -= strides[axis] * shape[axis]
        position[axis] = 0
      }
    }
  }

  static func copy(
    _ source: UnsafeRawBufferPointer, _ from: Int, to target: UnsafeMutableRawBufferPointer, _ to: Int, count: Int
  ) {
    guard count > 0, let source = source.baseAddress, let target = target.baseAddress else { return }
    (target + to).copyMemory(from: source + from, byteCount: count)
  }

  static func bytes(
    _ shape: [Int], like tensor: Tensor, _ body: (UnsafeMutableRawBufferPointer) -> Void
  ) -> Tensor {
    var result = Tensor(zeros: shape, elementType: tensor.elementType)
    result.withUnsafeMutableBytes(body)
    return result
  }
}
