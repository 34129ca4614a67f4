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

/// A function of two numbers that broadcasts over tensors.
public enum BinaryFunction: String, Sendable, Codable, CaseIterable {
  /// a + b.
  case add
  /// a − b.
  case subtract
  /// a · b.
  case multiply
  /// a / b.
  case divide
  /// The larger of a and b.
  case maximum
  /// The smaller of a and b.
  case minimum

  /// Returns the value of the function.
  public func callAsFunction(_ a: Float, _ b: Float) -> Float {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .maximum: a < b ? b : a
    case .minimum: b < a ? b : a
    }
  }
}

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

  /// Returns the result of a function for pairs of elements; shapes broadcast as in NumPy.
  public static func binary(_ a: Tensor, _ b: Tensor, _ function: BinaryFunction) -> Tensor {
    let broadcast = Broadcast(a.shape, b.shape)
    return Tensor(shape: broadcast.shape, as: Float.self) { y in
      a.withUnsafeElements(as: Float.self) { a in
        b.withUnsafeElements(as: Float.self) { b in
          if a.count == b.count {
            for i in y.indices { y[i] = function(a[i], b[i]) }
          } else {
            broadcast.forEach { y[$0] = function(a[$1], b[$2]) }
          }
        }
      }
    }
  }
}
