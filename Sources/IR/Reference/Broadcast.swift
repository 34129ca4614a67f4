/// The broadcast of two shapes as in NumPy: aligned at the last axis, a length of 1 repeats.
public struct Broadcast: Sendable {
  /// The shape of the result.
  public let shape: [Int]
  private let leftStrides: [Int]
  private let rightStrides: [Int]

  /// Creates the broadcast of two compatible shapes.
  ///
  /// - Precondition: On each axis the lengths are equal or one of them is 1.
  public init(_ left: [Int], _ right: [Int]) {
    let rank = max(left.count, right.count)
    let pad = { (shape: [Int]) in [Int](repeating: 1, count: rank - shape.count) + shape }
    let (left, right) = (pad(left), pad(right))
    shape = zip(left, right).map { a, b in
      precondition(a == b || a == 1 || b == 1, "\(left) and \(right) do not broadcast")
      return a == 1 ? b : a
    }
    let strides = { (shape: [Int]) in
      zip(Reference.strides(of: shape), shape).map { $1 == 1 ? 0 : $0 }
    }
    leftStrides = strides(left)
    rightStrides = strides(right)
  }

  /// Calls `body` with each index of the result and the corresponding indices of the left and the right operand.
  package func forEach(_ body: (_ index: Int, _ left: Int, _ right: Int) -> Void) {
    var position = [Int](repeating: 0, count: shape.count)
    var (left, right) = (0, 0)
    for index in 0..<shape.reduce(1, *) {
      body(index, left, right)
      for axis in stride(from: shape.count - 1, through: 0, by: -1) {
        position[axis] += 1
        left += leftStrides[axis]
        right += rightStrides[axis]
        if position[axis] < shape[axis] { break }
        left -= leftStrides[axis] * shape[axis]
        right -= rightStrides[axis] * shape[axis]
        position[axis] = 0
      }
    }
  }
}
