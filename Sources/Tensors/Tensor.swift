/// A dense array of numbers in row-major order: the last dimension is contiguous.
///
/// It is a value type: copies share their bytes until one of them is written. Clips are `[N, C, T, H, W]`.
public struct Tensor: Sendable {
  /// The length of each dimension, outermost first; empty for a scalar.
  public let shape: [Int]
  /// The type of the elements.
  public let elementType: ElementType
  private var storage: TensorStorage

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }
  /// The number of dimensions.
  public var rank: Int { shape.count }
  /// The size of the elements in bytes.
  public var byteCount: Int { count * elementType.byteCount }

  /// Creates a tensor of zeros.
  ///
  /// - Precondition: No dimension is negative and the size in bytes fits an `Int`; check sizes from outside with
  ///   ``byteCount(shape:elementType:)`` first.
  public init(zeros shape: [Int], elementType: ElementType = .float32) {
    guard let byteCount = Tensor.byteCount(shape: shape, elementType: elementType) else {
      preconditionFailure("a tensor of shape \(shape) does not fit memory")
    }
    self.shape = shape
    self.elementType = elementType
    storage = TensorStorage(byteCount: byteCount)
  }

  /// Creates a tensor with elements in row-major order.
  ///
  /// - Precondition: There are as many values as `shape` has elements.
  public init<Element: TensorElement>(_ values: [Element], shape: [Int]) {
    self.init(zeros: shape, elementType: Element.elementType)
    precondition(values.count == count, "\(values.count) values for shape \(shape)")
    values.withUnsafeBytes { storage.bytes.copyMemory(from: $0) }
  }

  /// Creates a tensor whose elements `body` writes to zeroed memory, in row-major order.
  public init<Element: TensorElement>(
    shape: [Int], as type: Element.Type = Element.self,
    initializingWith body: (UnsafeMutableBufferPointer<Element>) throws -> Void
  ) rethrows {
    self.init(zeros: shape, elementType: Element.elementType)
    try body(storage.bytes.bindMemory(to: Element.self))
  }

  /// Creates a read-only tensor over a mapped file's bytes, which are copied if they are not aligned for the element
  /// type.
  ///
  /// - Precondition: `offset ..< offset + byteCount` is within the file.
  public init(mapping: MappedFile, offset: Int, shape: [Int], elementType: ElementType) {
    guard let byteCount = Tensor.byteCount(shape: shape, elementType: elementType) else {
      preconditionFailure("a tensor of shape \(shape) does not fit memory")
    }
    let range = offset..<offset + byteCount
    self.shape = shape
    self.elementType = elementType
    if offset % elementType.byteCount == 0 {
      storage = TensorStorage(mapping: mapping, range: range)
    } else {
      storage = TensorStorage(byteCount: byteCount)
      storage.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: mapping.bytes[range]))
    }
  }

  private init(shape: [Int], elementType: ElementType, storage: TensorStorage) {
    self.shape = shape
    self.elementType = elementType
    self.storage = storage
  }

  /// Returns the size in bytes of a tensor with this shape, or nil if a dimension is negative or the product overflows.
  public static func byteCount(shape: [Int], elementType: ElementType) -> Int? {
    var total = elementType.byteCount
    var isEmpty = false
    for dimension in shape {
      guard dimension >= 0 else { return nil }
      if dimension == 0 {
        isEmpty = true
        continue
      }
      let (product, overflow) = total.multipliedReportingOverflow(by: dimension)
      guard !overflow else { return nil }
      total = product
    }
    return isEmpty ? 0 : total
  }

  /// Returns the same elements with another shape, without a copy.
  ///
  /// - Precondition: Both shapes have the same number of elements.
  public func reshaped(to shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == count, "cannot reshape \(self.shape) to \(shape)")
    return Tensor(shape: shape, elementType: elementType, storage: storage)
  }

  /// Calls `body` with the raw bytes.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(storage) { try body(UnsafeRawBufferPointer(storage.bytes)) }
  }

  /// Calls `body` with the elements in row-major order.
  ///
  /// - Precondition: `Element` is the Swift type of ``elementType``.
  public func withUnsafeElements<Element: TensorElement, Result>(
    as type: Element.Type = Element.self, _ body: (UnsafeBufferPointer<Element>) throws -> Result
  ) rethrows -> Result {
    precondition(type.elementType == elementType, "the elements are \(elementType), not \(type.elementType)")
    return try withUnsafeBytes { try body($0.bindMemory(to: Element.self)) }
  }

  /// Calls `body` with the elements for writing; copies them first if they are shared.
  ///
  /// - Precondition: `Element` is the Swift type of ``elementType``.
  public mutating func withUnsafeMutableElements<Element: TensorElement, Result>(
    as type: Element.Type = Element.self, _ body: (UnsafeMutableBufferPointer<Element>) throws -> Result
  ) rethrows -> Result {
    precondition(type.elementType == elementType, "the elements are \(elementType), not \(type.elementType)")
    return try withUnsafeMutableBytes { try body($0.bindMemory(to: Element.self)) }
  }

  /// Calls `body` with the raw bytes for writing; copies them first if they are shared.
  public mutating func withUnsafeMutableBytes<Result>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    if !storage.isWritable || !isKnownUniquelyReferenced(&storage) {
      let copy = TensorStorage(byteCount: byteCount)
      copy.bytes.copyMemory(from: UnsafeRawBufferPointer(storage.bytes))
      storage = copy
    }
    return try withExtendedLifetime(storage) { try body(storage.bytes) }
  }

  /// Returns the elements as an array, in row-major order.
  ///
  /// - Precondition: `Element` is the Swift type of ``elementType``.
  public func elements<Element: TensorElement>(as type: Element.Type = Element.self) -> [Element] {
    withUnsafeElements(as: type) { Array($0) }
  }
}

extension Tensor: CustomStringConvertible {
  /// The type and shape, as in `float32[1, 3, 4, 160, 160]`.
  public var description: String { "\(elementType)[\(shape.map(String.init).joined(separator: ", "))]" }
}

extension Tensor: Equatable {
  /// Returns whether type, shape and bytes are the same: NaNs with the same bits are equal, zeros of different signs
  /// are not.
  public static func == (left: Tensor, right: Tensor) -> Bool {
    guard left.shape == right.shape, left.elementType == right.elementType else { return false }
    if left.storage === right.storage { return true }
    return left.withUnsafeBytes { a in right.withUnsafeBytes { b in a.elementsEqual(b) } }
  }
}
