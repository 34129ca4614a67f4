/// How a tensor's signed bytes stand for real numbers: `real = scale · (value − zeroPoint)`, as in ONNX's QuantizeLinear.
public struct QuantizationParameters: Sendable, Hashable, Codable {
  /// The step from one value to the next; finite and above 0.
  public var scale: Float
  /// The value that stands for 0.
  public var zeroPoint: Int8

  /// A quantization.
  public init(scale: Float, zeroPoint: Int8) {
    self.scale = scale
    self.zeroPoint = zeroPoint
  }

  /// The byte that a plan's memory holds for a value: 128 more, so that it has no sign.
  public static func stored(_ value: Int8) -> UInt8 { UInt8(bitPattern: value) ^ 0x80 }

  /// The value that a byte of a plan's memory stands for.
  public static func value(stored byte: UInt8) -> Int8 { Int8(bitPattern: byte ^ 0x80) }

  /// The byte that stands for 0 in a plan's memory.
  public var storedZero: UInt8 { Self.stored(zeroPoint) }
}

/// What a layer makes of its exact sums.
///
/// A sum stands for a real number: `sum · inputScale · weightScale`. Factors are rounded once, in this order.
public struct QuantizedResult: Sendable, Hashable {
  /// The result's quantization; nil for float32.
  public let quantization: QuantizationParameters?
  /// The function that is applied to the real number.
  public let activation: ActivationFunction?

  /// A result; nil if there is no exact form of the activation for bytes (gelu and tanh).
  public init?(_ quantization: QuantizationParameters?, activation: ActivationFunction? = nil) {
    guard Self.supports(activation) else { return nil }
    self.init(supported: activation, quantization)
  }

  package init(supported activation: ActivationFunction?, _ quantization: QuantizationParameters?) {
    self.quantization = quantization
    self.activation = activation
  }

  /// Whether an activation has a form that gives the same bytes everywhere.
  public static func supports(_ activation: ActivationFunction?) -> Bool { activation != .gelu && activation != .tanh }

  /// Whether sums go to units of the result at once, because no function of real numbers is between.
  private var isLinear: Bool { quantization != nil && (activation == nil || activation == .relu) }

  /// From units of an input to units that the activation wants, or to those of the result if there is none.
  public func factor(_ inputScale: Float, weightScale: Float = 1) -> Float {
    let real = inputScale * weightScale
    guard isLinear, let quantization else { return real }
    return real / quantization.scale
  }
}
