#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// A function that makes one number of many.
public enum ReductionFunction: String, Sendable, Codable, CaseIterable {
  /// The sum.
  case sum
  /// The product.
  case product
  /// The largest element; −∞ or the smallest integer of no elements.
  case maximum
  /// The smallest element; ∞ or the largest integer of no elements.
  case minimum
  /// Σ|x|.
  case l1
  /// √Σx².
  case l2
  /// Σx².
  case sumSquare = "sum_square"
  /// log Σx.
  case logSum = "log_sum"
  /// log Σeˣ.
  case logSumExp = "log_sum_exp"

  /// Returns the value for some numbers.
  func callAsFunction<Element: Number>(_ values: some Collection<Element>) -> Element {
    typealias Sum = Element.Sum
    func sum(_ term: (Sum) -> Sum) -> Sum { values.reduce(0) { Sum.value(.add, $0, term($1.term)) } }
    func square(_ x: Sum) -> Sum { Sum.value(.multiply, x, x) }
    switch self {
    case .sum: return Element(sum: sum { $0 })
    case .product: return Element(sum: values.reduce(1) { Sum.value(.multiply, $0, $1.term) })
    case .maximum: return values.reduce(Element(real: -.infinity)) { $1 > $0 || $1 != $1 ? $1 : $0 }
    case .minimum: return values.reduce(Element(real: .infinity)) { $1 < $0 || $1 != $1 ? $1 : $0 }
    case .l1: return Element(sum: sum { Sum.value(.abs, $0) })
    case .l2: return Element(real: sum(square).real.squareRoot())
    case .sumSquare: return Element(sum: sum(square))
    case .logSum: return Element(real: log(sum { $0 }.real))
    case .logSumExp:
      // Less the maximum, which keeps the exponentials in range.
      let largest = values.reduce(-Double.infinity) { max($0, $1.real) }
      guard largest.isFinite else { return Element(real: largest) }
      return Element(real: largest + log(values.reduce(0) { $0 + exp($1.real - largest) }))
    }
  }
}
