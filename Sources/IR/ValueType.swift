import Tensors

/// What is known of a value before it is computed: its shape, in part symbolic, and the type of its elements.
public struct ValueType: Hashable, Sendable, CustomStringConvertible {
  /// The length of each axis, outermost first.
  public var shape: [Dimension]
  /// The type of the elements.
  public var elementType: ElementType

  /// A type from its parts.
  public init(_ shape: [Dimension], elementType: ElementType = .float32) {
    self.shape = shape
    self.elementType = elementType
  }

  /// The type of a tensor.
  public init(_ tensor: Tensor) {
    self.init(tensor.shape.map { .fixed($0) }, elementType: tensor.elementType)
  }

  /// Whether a tensor can be the value of a parameter of this type: the same type, or float32 kept in half the bytes.
  public func admits(_ tensor: Tensor) -> Bool {
    let found = ValueType(tensor)
    return found == self
      || elementType == .float32 && found.elementType == .float16 && found.shape == shape
  }

  /// A tensor that this type admits as values of the type: widened if it is kept in half the bytes.
  package func value(of tensor: Tensor) -> Tensor {
    elementType == .float32 && tensor.elementType == .float16 ? tensor.converted(to: .float32) : tensor
  }

  /// How many axes there are.
  public var rank: Int { shape.count }

  /// The lengths if all of them are known.
  public var fixedShape: [Int]? {
    let values = shape.compactMap(\.value)
    return values.count == shape.count ? values : nil
  }

  /// `float32[N, 3, T, H, W]`, for example.
  public var description: String {
    "\(elementType)[\(shape.map(\.description).joined(separator: ", "))]"
  }
}
