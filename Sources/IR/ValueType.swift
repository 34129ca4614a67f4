import Tensors

/// The type of a value: its shape, which can have symbols, and the type of its elements.
public struct ValueType: Hashable, Sendable, CustomStringConvertible {
  /// The length of each axis, outermost first.
  public var shape: [Dimension]
  /// The type of the elements.
  public var elementType: ElementType
  /// The elements of a small integer value in row-major order, if they follow from the shapes of other values; nil if
  /// not. Shape inference derives them from the operation that computes the value, and they are no part of the type:
  /// types are equal without them.
  package var elements: [Dimension]?

  /// Creates a type from its parts.
  ///
  /// - Parameters:
  ///   - shape: The length of each axis, outermost first.
  ///   - elementType: The type of the elements.
  public init(_ shape: [Dimension], elementType: ElementType = .float32) {
    self.shape = shape
    self.elementType = elementType
  }

  /// Returns whether shape and element type are equal.
  public static func == (left: ValueType, right: ValueType) -> Bool {
    left.shape == right.shape && left.elementType == right.elementType
  }

  /// Hashes shape and element type.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(shape)
    hasher.combine(elementType)
  }

  /// Creates the type of a tensor.
  public init(_ tensor: Tensor) {
    self.init(tensor.shape.map { .fixed($0) }, elementType: tensor.elementType)
  }

  /// Returns whether a tensor can be the value of a parameter of this type: it has the same type, or is float16 for
  /// float32.
  public func admits(_ tensor: Tensor) -> Bool {
    let found = ValueType(tensor)
    return found == self
      || elementType == .float32 && found.elementType == .float16 && found.shape == shape
  }

  /// Returns a tensor that this type admits, converted to the type.
  package func value(of tensor: Tensor) -> Tensor {
    elementType == .float32 && tensor.elementType == .float16 ? tensor.converted(to: .float32) : tensor
  }

  /// The largest number of axes of a value.
  public static let maximumRank = 8

  /// The number of axes.
  public var rank: Int { shape.count }

  /// Whether the known lengths are not negative and their product, without those of 0, is at most 2⁴⁰: so that sizes and
  /// costs can be computed.
  package var isPossible: Bool {
    var count = 1
    for length in shape.compactMap(\.value) where length != 0 {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard length > 0, !overflow, product <= 1 << 40 else { return false }
      count = product
    }
    return true
  }

  /// The lengths; nil if some are not known.
  public var fixedShape: [Int]? {
    let values = shape.compactMap(\.value)
    return values.count == shape.count ? values : nil
  }

  /// A text such as `float32[N, 3, T, H, W]`.
  public var description: String {
    "\(elementType)[\(shape.map(\.description).joined(separator: ", "))]"
  }
}
