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

  /// Returns a tensor padded with a constant, which its element type must be able to represent.
  ///
  /// - Parameters:
  ///   - x: A tensor of any shape.
  ///   - before: The number of elements to add before each axis.
  ///   - after: The number of elements to add after each axis.
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
  private static func gather(_ x: Tensor, shape: [Int], first: Int, strides: [Int]) -> Tensor {
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
  private static func forEachOffset(shape: [Int], strides: [Int], _ body: (_ index: Int, _ offset: Int) -> Void) {
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

  private static func copy(
    _ source: UnsafeRawBufferPointer, _ from: Int, to target: UnsafeMutableRawBufferPointer, _ to: Int, count: Int
  ) {
    guard count > 0, let source = source.baseAddress, let target = target.baseAddress else { return }
    (target + to).copyMemory(from: source + from, byteCount: count)
  }

  private static func bytes(
    _ shape: [Int], like tensor: Tensor, _ body: (UnsafeMutableRawBufferPointer) -> Void
  ) -> Tensor {
    var result = Tensor(zeros: shape, elementType: tensor.elementType)
    result.withUnsafeMutableBytes(body)
    return result
  }
}
