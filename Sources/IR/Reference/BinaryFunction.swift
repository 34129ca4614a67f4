#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif
import Tensors

/// A function of two numbers that broadcasts over tensors.
public enum BinaryFunction: String, Sendable, Codable, CaseIterable {
  /// a + b.
  case add
  /// a − b.
  case subtract
  /// a · b.
  case multiply
  /// a / b; of integers, truncated.
  case divide
  /// The larger of a and b.
  case maximum
  /// The smaller of a and b.
  case minimum
  /// aᵇ.
  case power
  /// The remainder of a / b with the sign of b, as Python's `%`, of integers.
  case modulo
  /// The remainder of a / b with the sign of a, as C's `fmod`.
  case remainder
  /// a = b.
  case equal
  /// a < b.
  case less
  /// a ≤ b.
  case lessOrEqual = "less_or_equal"
  /// a > b.
  case greater
  /// a ≥ b.
  case greaterOrEqual = "greater_or_equal"
  /// a and b; of integers, bit by bit.
  case and
  /// a or b; of integers, bit by bit.
  case or
  /// Either a or b; of integers, bit by bit.
  case xor

  /// Returns the value of a function that gives a number.
  public func callAsFunction(_ a: Float, _ b: Float) -> Float { Float.value(self, a, b) }

  /// Whether the result is a boolean.
  public var isComparison: Bool {
    switch self {
    case .equal, .less, .lessOrEqual, .greater, .greaterOrEqual: true
    default: false
    }
  }

  /// The element types that the function takes.
  var elementTypes: [ElementType] {
    switch self {
    case .equal: .any
    case .and, .or, .xor: .any.filter { !$0.isFloatingPoint }
    case .modulo: .numbers.filter { !$0.isFloatingPoint }
    default: .numbers
    }
  }

  /// Whether the function does not have a value for an integer b of 0.
  var dividesIntegers: Bool { self == .divide || self == .modulo || self == .remainder }

  /// Returns whether a comparison is true of two values; false for functions that are none.
  func holds<Value: Comparable>(_ a: Value, _ b: Value) -> Bool {
    switch self {
    case .equal: a == b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    default: false
    }
  }

  /// Returns the value of a function of real numbers; comparisons give 1 or 0, and functions of integers NaN.
  func value(_ a: Double, _ b: Double) -> Double {
    switch self {
    case .add: return a + b
    case .subtract: return a - b
    case .multiply: return a * b
    case .divide: return a / b
    case .maximum: return a < b ? b : a
    case .minimum: return b < a ? b : a
    case .power: return pow(a, b)
    case .remainder: return fmod(a, b)
    case .equal, .less, .lessOrEqual, .greater, .greaterOrEqual: return holds(a, b) ? 1 : 0
    case .modulo, .and, .or, .xor: return .nan
    }
  }
}
