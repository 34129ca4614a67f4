/// The type of a tensor's elements.
///
/// Raw values are the names in the graph's text form; `safetensors` and `.npy` files have other names.
public enum ElementType: String, Sendable, Hashable, Codable, CaseIterable {
  /// 64-bit floating point.
  case float64
  /// 32-bit floating point.
  case float32
  /// 16-bit floating point with five exponent bits (IEEE 754 binary16).
  case float16
  /// 16-bit floating point with eight exponent bits.
  case bfloat16
  /// Signed 64-bit integers.
  case int64
  /// Signed 32-bit integers.
  case int32
  /// Signed 16-bit integers.
  case int16
  /// Signed 8-bit integers.
  case int8
  /// Unsigned 64-bit integers.
  case uint64
  /// Unsigned 32-bit integers.
  case uint32
  /// Unsigned 16-bit integers.
  case uint16
  /// Unsigned 8-bit integers.
  case uint8
  /// Booleans, a byte each.
  case bool

  /// The size of an element in bytes.
  public var byteCount: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// Whether elements are floating-point numbers.
  public var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: true
    default: false
    }
  }
}

/// A Swift type as which a tensor's elements can be read and written.
public protocol TensorElement: Sendable, BitwiseCopyable {
  /// The element type that this Swift type represents.
  static var elementType: ElementType { get }
}

extension Double: TensorElement {
  /// `float64`.
  public static var elementType: ElementType { .float64 }
}

extension Float: TensorElement {
  /// `float32`.
  public static var elementType: ElementType { .float32 }
}

extension Float16: TensorElement {
  /// `float16`.
  public static var elementType: ElementType { .float16 }
}

extension Int64: TensorElement {
  /// `int64`.
  public static var elementType: ElementType { .int64 }
}

extension Int32: TensorElement {
  /// `int32`.
  public static var elementType: ElementType { .int32 }
}

extension Int16: TensorElement {
  /// `int16`.
  public static var elementType: ElementType { .int16 }
}

extension Int8: TensorElement {
  /// `int8`.
  public static var elementType: ElementType { .int8 }
}

extension UInt64: TensorElement {
  /// `uint64`.
  public static var elementType: ElementType { .uint64 }
}

extension UInt32: TensorElement {
  /// `uint32`.
  public static var elementType: ElementType { .uint32 }
}

extension UInt16: TensorElement {
  /// `uint16`.
  public static var elementType: ElementType { .uint16 }
}

extension UInt8: TensorElement {
  /// `uint8`.
  public static var elementType: ElementType { .uint8 }
}

extension Bool: TensorElement {
  /// `bool`.
  public static var elementType: ElementType { .bool }
}

/// A 16-bit float with eight exponent bits: the upper half of a `Float`.
public struct BFloat16: TensorElement, Hashable {
  /// The upper sixteen bits of the `Float` with the same value.
  public var bitPattern: UInt16

  /// Creates a number from the upper bits of its `Float`.
  public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  /// Creates the nearest number to `value`, ties to even; NaN stays NaN.
  public init(_ value: Float) {
    let bits = value.bitPattern
    if value.isNaN {
      bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | 0x40
    } else {
      bitPattern = UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16)
    }
  }

  /// The same value as a `Float`, which is exact.
  public var float: Float { Float(bitPattern: UInt32(bitPattern) << 16) }

  /// `bfloat16`.
  public static var elementType: ElementType { .bfloat16 }
}
