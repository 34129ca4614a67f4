import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// A function of one number that is applied to each element.
public enum ActivationFunction: String, Sendable, Codable, CaseIterable {
  /// max(x, 0).
  case relu
  /// x · sigmoid(x); also called SiLU.
  case swish
  /// x · clamp(x + 3, 0, 6) / 6 (MobileNetV3, Howard et al. 2019).
  case hardSwish = "hard_swish"
  /// 1 / (1 + e⁻ˣ).
  case sigmoid
  /// clamp(x + 3, 0, 6) / 6.
  case hardSigmoid = "hard_sigmoid"
  /// x · Φ(x) with the exact normal distribution function.
  case gelu
  /// The hyperbolic tangent.
  case tanh

  /// Returns the value of the function.
  public func callAsFunction(_ x: Float) -> Float {
    switch self {
    case .relu: x < 0 ? 0 : x
    case .swish: x / (1 + expf(-x))
    case .hardSwish: x * min(max(x + 3, 0), 6) / 6
    case .sigmoid: 1 / (1 + expf(-x))
    case .hardSigmoid: min(max(x + 3, 0), 6) / 6
    case .gelu: 0.5 * x * (1 + erff(x * 0.707_106_78))
    case .tanh: tanhf(x)
    }
  }
}

extension Reference {
  /// Returns the result of a function for each element.
  public static func activation(_ x: Tensor, _ function: ActivationFunction) -> Tensor {
    Tensor(shape: x.shape, as: Float.self) { y in
      x.withUnsafeElements(as: Float.self) { x in for i in x.indices { y[i] = function(x[i]) } }
    }
  }

  /// Returns the result of a function for pairs of elements of one type; shapes broadcast as in NumPy.
  ///
  /// - Returns: A tensor of the same element type, or of booleans for a comparison.
  public static func binary(_ a: Tensor, _ b: Tensor, _ function: BinaryFunction) -> Tensor {
    if a.elementType == .float32, !function.isComparison { return pairs(a, b) { function($0 as Float, $1) } }
    let result = combined(widened(a), widened(b), function, as: a.elementType.number)
    return function.isComparison ? result : cast(result, to: a.elementType)
  }

  private static func combined<Element: Number>(
    _ a: Tensor, _ b: Tensor, _ function: BinaryFunction, as _: Element.Type
  ) -> Tensor {
    function.isComparison
      ? pairs(a, b) { function.holds($0 as Element, $1) } : pairs(a, b) { Element.value(function, $0, $1) }
  }

  private static func pairs<Element: TensorElement, Result: TensorElement>(
    _ a: Tensor, _ b: Tensor, _ function: (Element, Element) -> Result
  ) -> Tensor {
    let broadcast = Broadcast(a.shape, b.shape)
    return Tensor(shape: broadcast.shape, as: Result.self) { y in
      a.withUnsafeElements(as: Element.self) { a in
        b.withUnsafeElements(as: Element.self) { b in
          if a.count == y.count, b.count == y.count {
            for i in y.indices { y[i] = function(a[i], b[i]) }
          } else {
            broadcast.forEach { y[$0] = function(a[$1], b[$2]) }
          }
        }
      }
    }
  }

  /// Returns whether an integer is 0.
  static func holdsZero(_ x: Tensor) -> Bool {
    let size = x.elementType.byteCount
    return x.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: size).contains { start in
        bytes[start..<start + size].allSatisfy { $0 == 0 }
      }
    }
  }

  /// Returns the result of a function for each element: of the same element type, or a boolean for a test.
  public static func unary(_ x: Tensor, _ function: UnaryFunction) -> Tensor {
    // Of a boolean, not of all bits of its byte; read as bytes, as in conversions.
    if x.elementType == .bool { return Tensor(x.withUnsafeBytes { $0.map { $0 == 0 } }, shape: x.shape) }
    let result = mapped(widened(x), function, as: x.elementType.number)
    return cast(result, to: function.isTest ? .bool : x.elementType)
  }

  private static func mapped<Element: Number>(
    _ x: Tensor, _ function: UnaryFunction, as _: Element.Type
  ) -> Tensor {
    Tensor(x.elements(as: Element.self).map { Element.value(function, $0) }, shape: x.shape)
  }

  /// Returns the result of a function with parameters for each element, computed in double precision.
  public static func parametricActivation(
    _ x: Tensor, _ function: ParametricFunction, alpha: Float, beta: Float
  ) -> Tensor {
    let values = x.converted(to: .float64).elements(as: Double.self)
    let results = values.map { function($0, alpha: Double(alpha), beta: Double(beta)) }
    return Tensor(results, shape: x.shape).converted(to: x.elementType)
  }

  /// Returns `a` where a condition is true and `b` elsewhere; all three broadcast.
  ///
  /// - Parameters:
  ///   - condition: Booleans.
  ///   - a: A tensor of any element type.
  ///   - b: A tensor of a's element type.
  public static func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    let shape = Broadcast(condition.shape, Broadcast(a.shape, b.shape).shape).shape
    let size = a.elementType.byteCount
    let chosen = expand(condition, to: shape)
    let other = expand(b, to: shape)
    var result = expand(a, to: shape)
    result.withUnsafeMutableBytes { target in
      other.withUnsafeBytes { other in
        chosen.withUnsafeBytes { chosen in
          for index in chosen.indices where chosen[index] == 0 {
            for byte in index * size..<(index + 1) * size { target[byte] = other[byte] }
          }
        }
      }
    }
    return result
  }
}
