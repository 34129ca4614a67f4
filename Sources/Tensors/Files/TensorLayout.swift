/// The layout of a tensor's elements in a file.
///
/// It may come from a damaged file: everything computed from it is checked for overflow.
public struct TensorLayout: Sendable, Equatable {
  /// The largest number of dimensions in NumPy and PyTorch.
  public static let rankLimit = 64

  /// The length of each dimension, outermost first.
  public let shape: [Int]
  /// The distance in elements between neighbors along each dimension; 0 repeats one element.
  public let strides: [Int]
  /// The type of the elements.
  public let elementType: ElementType
  /// Whether the most significant byte of an element comes first.
  public let isBigEndian: Bool

  /// Creates a layout with any non-negative strides.
  public init(shape: [Int], strides: [Int], elementType: ElementType, isBigEndian: Bool = false) {
    self.shape = shape
    self.strides = strides
    self.elementType = elementType
    self.isBigEndian = isBigEndian
  }

  /// Creates a layout without gaps: row-major, or, in Fortran's order, with the first dimension contiguous.
  public init(shape: [Int], elementType: ElementType, isFortranOrder: Bool = false, isBigEndian: Bool = false) {
    var strides = [Int](repeating: 0, count: shape.count)
    var stride = 1
    for axis in isFortranOrder ? Array(shape.indices) : shape.indices.reversed() {
      strides[axis] = stride
      // `elementCount` detects an overflow; the strides do not matter then.
      stride = stride.multipliedReportingOverflow(by: max(shape[axis], 1)).partialValue
    }
    self.init(shape: shape, strides: strides, elementType: elementType, isBigEndian: isBigEndian)
  }

  /// The number of elements; nil if a dimension is negative or the bytes do not fit an `Int`.
  public var elementCount: Int? {
    Tensor.byteCount(shape: shape, elementType: elementType).map { $0 / elementType.byteCount }
  }

  /// The number of elements from the first to the last, gaps included; nil for an invalid layout.
  public var span: Int? {
    guard let count = elementCount, shape.count <= Self.rankLimit, strides.count == shape.count else { return nil }
    if count == 0 { return 0 }
    var last = 0
    for (length, stride) in zip(shape, strides) where length > 1 {
      let (distance, distanceOverflow) = (length - 1).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = last.addingReportingOverflow(distance)
      guard stride >= 0, !distanceOverflow, !sumOverflow else { return nil }
      last = sum
    }
    return last == .max ? nil : last + 1
  }

  /// Whether the bytes in the file are those of a `Tensor`: row-major, without gaps, little-endian; false for an
  /// invalid layout.
  public var isNative: Bool {
    guard span != nil, !isBigEndian || elementType.byteCount == 1 else { return false }
    if shape.contains(0) { return true }
    let rowMajor = TensorLayout(shape: shape, elementType: elementType)
    return shape.indices.allSatisfy { shape[$0] == 1 || strides[$0] == rowMajor.strides[$0] }
  }
}
