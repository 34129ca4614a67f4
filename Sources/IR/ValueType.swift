import Tensors

/// The type of a value: its shape, which can have symbols, and the type of its elements.
public struct ValueType: Hashable, Sendable, CustomStringConvertible {
  /// The length of each axis, outermost first.
  public var shape: [Dimension]
  /// The type of the elements.
  public var elementType: ElementType

  /// Creates a type from its parts.
  ///
  /// - Parameters:
  ///   - shape: The length of each axis, outermost first.
  ///   - elementType: The type of the elements.
  public init(_ shape: [Dimension], elementType: ElementType = .float32) {
    self.shape = shape
    self.elementType = elementType
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

  /// The number of axes.
  public var rank: Int { shape.count }

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
