import Tensors

/// A Swift type that the reference implementation computes in. There is one for each element type that is a number
/// (``Tensors/ElementType/computed``), so that an operation has one meaning for all of them.
protocol Number: TensorElement, Comparable, ExpressibleByIntegerLiteral {
  /// The type in which many numbers are added up.
  associatedtype Sum: Number

  /// The number as a term of a sum.
  var term: Sum { get }

  /// Creates a number from a sum.
  init(sum: Sum)

  /// The number as a real one.
  var real: Double { get }

  /// Creates the nearest number; integers truncate.
  init(real: Double)

  /// Returns the value of a function of two numbers that gives a number.
  static func value(_ function: BinaryFunction, _ a: Self, _ b: Self) -> Self

  /// Returns the value of a function of a number that gives a number.
  static func value(_ function: UnaryFunction, _ x: Self) -> Self
}

extension Number where Self: BinaryFloatingPoint {
  var term: Double { Double(self) }
  init(sum: Double) { self.init(sum) }
  var real: Double { Double(self) }
  init(real: Double) { self.init(real) }

  static func value(_ function: BinaryFunction, _ a: Self, _ b: Self) -> Self {
    switch function {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .maximum: a < b ? b : a
    case .minimum: b < a ? b : a
    default: Self(function.value(Double(a), Double(b)))
    }
  }

  static func value(_ function: UnaryFunction, _ x: Self) -> Self { Self(function.value(Double(x))) }
}

extension Number where Self: FixedWidthInteger {
  var term: Self { self }
  init(sum: Self) { self = sum }
  var real: Double { Double(self) }
  init(real: Double) { self = real.isNaN ? 0 : Self(exactly: real.rounded(.towardZero)) ?? (real < 0 ? .min : .max) }

  /// Sums and products wrap around, and quotients truncate.
  static func value(_ function: BinaryFunction, _ a: Self, _ b: Self) -> Self {
    switch function {
    case .add: return a &+ b
    case .subtract: return a &- b
    case .multiply: return a &* b
    case .divide: return a.dividedReportingOverflow(by: b).partialValue
    case .maximum: return a < b ? b : a
    case .minimum: return b < a ? b : a
    case .remainder: return a.remainderReportingOverflow(dividingBy: b).partialValue
    case .modulo:
      let remainder = a.remainderReportingOverflow(dividingBy: b).partialValue
      return remainder != 0 && (remainder < 0) != (b < 0) ? remainder &+ b : remainder
    case .power: return power(a, b)
    case .and: return a & b
    case .or: return a | b
    case .xor: return a ^ b
    case .equal, .less, .lessOrEqual, .greater, .greaterOrEqual: return function.holds(a, b) ? 1 : 0
    }
  }

  static func value(_ function: UnaryFunction, _ x: Self) -> Self {
    switch function {
    case .negate: 0 &- x
    case .abs: x < 0 ? 0 &- x : x
    case .sign: x < 0 ? 0 &- 1 : x > 0 ? 1 : 0
    case .not: ~x
    default: Self(real: function.value(Double(x)))
    }
  }

  /// Returns a power by squaring; a negative exponent gives the reciprocal, truncated.
  private static func power(_ base: Self, _ exponent: Self) -> Self {
    if exponent < 0 { return base == 1 ? 1 : base == 0 &- 1 ? (exponent & 1 == 0 ? 1 : base) : 0 }
    var (result, square, rest): (Self, Self, Self) = (1, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result = result &* square }
      square = square &* square
      rest >>= 1
    }
    return result
  }
}

extension Float: Number {}
extension Double: Number {}
extension Int64: Number {}
extension UInt64: Number {}

extension ElementType {
  /// The type in which the reference implementation computes with values of this type: half precision in float32, and
  /// shorter integers and booleans in int64.
  var computed: ElementType {
    switch self {
    case .float64, .float32, .int64, .uint64: self
    case .float16, .bfloat16: .float32
    case .int32, .int16, .int8, .uint32, .uint16, .uint8, .bool: .int64
    }
  }

  /// The Swift type of ``computed``.
  var number: any Number.Type {
    switch computed {
    case .float64: Double.self
    case .uint64: UInt64.self
    case .int64: Int64.self
    default: Float.self
    }
  }
}

extension Reference {
  /// Returns a tensor in the type that is computed with, which holds all values of the tensor's own type.
  static func widened(_ x: Tensor) -> Tensor { x.converted(to: x.elementType.computed) }

  /// Returns a tensor converted to another type: floats to integers truncate and saturate, and integers to shorter
  /// integers keep their low bits.
  public static func cast(_ x: Tensor, to type: ElementType) -> Tensor {
    if x.elementType.isFloatingPoint || type.isFloatingPoint || type == .bool || x.elementType == type {
      return x.converted(to: type)
    }
    let wide = widened(x)
    func truncated<Wide: TensorElement & BinaryInteger>(_ wide: Tensor, as _: Wide.Type) -> Tensor {
      func narrowed<Narrow: TensorElement & FixedWidthInteger>(to _: Narrow.Type) -> Tensor {
        Tensor(wide.elements(as: Wide.self).map { Narrow(truncatingIfNeeded: $0) }, shape: wide.shape)
      }
      switch type {
      case .int32: return narrowed(to: Int32.self)
      case .int16: return narrowed(to: Int16.self)
      case .int8: return narrowed(to: Int8.self)
      case .uint64: return narrowed(to: UInt64.self)
      case .uint32: return narrowed(to: UInt32.self)
      case .uint16: return narrowed(to: UInt16.self)
      case .uint8: return narrowed(to: UInt8.self)
      default: return narrowed(to: Int64.self)
      }
    }
    return wide.elementType == .uint64 ? truncated(wide, as: UInt64.self) : truncated(wide, as: Int64.self)
  }
}

extension [ElementType] {
  /// All types of floating-point numbers.
  static let floats: [ElementType] = [.float32, .float64, .float16, .bfloat16]
  /// All types of numbers.
  static let numbers: [ElementType] =
    floats + [.int64, .int32, .int16, .int8, .uint64, .uint32, .uint16, .uint8]
  /// The types of indices.
  static let indices: [ElementType] = [.int64, .int32]
}
