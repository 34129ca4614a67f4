/// The quantization of a tensor of signed bytes: `real = scale · (value − zeroPoint)`, as in ONNX's QuantizeLinear.
public struct QuantizationParameters: Sendable, Hashable, Codable {
  /// The step from one value to the next, finite and above 0.
  public var scale: Float
  /// The value that represents 0.
  public var zeroPoint: Int8

  /// Creates a quantization.
  ///
  /// - Parameters:
  ///   - scale: The step from one value to the next, finite and above 0.
  ///   - zeroPoint: The value that represents 0.
  public init(scale: Float, zeroPoint: Int8) {
    self.scale = scale
    self.zeroPoint = zeroPoint
  }

  /// Returns the unsigned byte that a plan stores for a value: 128 more.
  public static func stored(_ value: Int8) -> UInt8 { UInt8(bitPattern: value) ^ 0x80 }

  /// Returns the value of an unsigned byte that a plan stores.
  public static func value(stored byte: UInt8) -> Int8 { Int8(bitPattern: byte ^ 0x80) }

  /// The unsigned byte that represents 0 in a plan.
  public var storedZero: UInt8 { Self.stored(zeroPoint) }
}

/// The conversion of a layer's exact sums to its result.
///
/// A sum represents the real number `sum · inputScale · weightScale`; the product of the scales is rounded once, in
/// this order.
public struct QuantizedResult: Sendable, Hashable {
  /// The result's quantization; nil for float32.
  public let quantization: QuantizationParameters?
  /// The function that is applied to the real number.
  public let activation: ActivationFunction?

  /// Creates a conversion, or returns nil if the activation has no exact implementation for bytes (gelu and tanh).
  ///
  /// - Parameters:
  ///   - quantization: The quantization of the result; nil for float32.
  ///   - activation: The function that is applied to the real number; nil for none.
  public init?(_ quantization: QuantizationParameters?, activation: ActivationFunction? = nil) {
    guard Self.supports(activation) else { return nil }
    self.init(supported: activation, quantization)
  }

  package init(supported activation: ActivationFunction?, _ quantization: QuantizationParameters?) {
    self.quantization = quantization
    self.activation = activation
  }

  /// Returns whether an activation has an implementation that gives the same bytes everywhere.
  public static func supports(_ activation: ActivationFunction?) -> Bool { activation != .gelu && activation != .tanh }

  /// Whether sums are converted to units of the result directly, as no function of real numbers is applied.
  private var isLinear: Bool { quantization != nil && Self.isLinear(activation) }

  private static func isLinear(_ activation: ActivationFunction?) -> Bool { activation == nil || activation == .relu }

  /// Returns the factor from sums to units of 16-bit values, or to real numbers if an activation follows.
  ///
  /// - Parameters:
  ///   - real: The real number that a sum of 1 stands for.
  ///   - scale: The real number that a 16-bit value of 1 stands for.
  ///   - activation: The function that is applied; nil for none.
  public static func wordFactor(_ real: Float, scale: Float, activation: ActivationFunction?) -> Float {
    isLinear(activation) ? real / scale : real
  }

  /// Returns the factor from units of an input to those of the activation, or of the result if there is none.
  ///
  /// - Parameters:
  ///   - inputScale: The scale of the input.
  ///   - weightScale: The scale of the weight's output channel.
  public func factor(_ inputScale: Float, weightScale: Float = 1) -> Float {
    let real = inputScale * weightScale
    guard isLinear, let quantization else { return real }
    return real / quantization.scale
  }
}
