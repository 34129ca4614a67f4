import Tensors

extension Reference {
  /// The arithmetic of int8 models, value by value, which every instruction set must match to the last bit.
  public enum Quantized {
    /// Returns the integer nearest to x · factor, ties to even.
    ///
    /// A fused multiply-add rounds the exact product: the last bit of a number near 1.5 · 2²³ is 1.
    package static func rounded(_ x: Float, times factor: Float) -> Float {
      let rounder: Float = 12_582_912
      return rounder.addingProduct(x, factor) - rounder
    }

    /// Returns the integer nearest to x · factor, clamped to a range.
    static func rounded(_ x: Float, times factor: Float, in range: ClosedRange<Int>) -> Int {
      Int(min(max(rounded(x, times: factor), Float(range.lowerBound)), Float(range.upperBound)))
    }

    /// Returns the byte of x · factor, which is in units of the scale; not less than 0 after relu.
    static func byte(
      _ x: Float, times factor: Float = 1, _ quantization: QuantizationParameters, isRectified: Bool = false
    ) -> Int8 {
      let zero = Int(quantization.zeroPoint)
      let low = isRectified ? 0 : -128 - zero
      return Int8(rounded(x, times: factor, in: low...(127 - zero)) + zero)
    }

    /// Returns `round(x · (1 / scale)) + zeroPoint`.
    public static func quantize(_ x: Float, _ quantization: QuantizationParameters) -> Int8 {
      byte(x, times: 1 / quantization.scale, quantization)
    }

    /// Returns `scale · (value − zeroPoint)`.
    public static func dequantize(_ value: Int8, _ quantization: QuantizationParameters) -> Float {
      Float(Int(value) - Int(quantization.zeroPoint)) * quantization.scale
    }

    /// Returns 1 / (1 + e⁻ˣ) with an absolute error of 4.8e-4: x · p(x²) + 1/2 within ±7.75, constant beyond.
    static func sigmoid(_ x: Float) -> Float {
      let coefficients: [Float] = [
        4.2770878e-14, -1.1916726e-11, 1.4047734e-09, -9.1618915e-08, 3.6445722e-06, -9.285081e-05, 0.0015849719,
        -0.019863017, 0.2496396,
      ]
      let x = min(max(x, -7.75), 7.75)
      let square = x * x
      let p = coefficients.reduce(Float(0)) { $1.addingProduct($0, square) }
      return Float(0.5).addingProduct(p, x)
    }

    /// Returns x / (1 + e⁻ˣ) with an absolute error of 4e-5 within ±1/4, of 3.6e-4 within ±4 and of 4.5e-3 beyond:
    /// max(x, 0) less a · p(a), where a = |x| up to 8.
    static func swish(_ x: Float) -> Float {
      let coefficients: [Float] = [
        4.01492935e-06, -0.000132218978, 0.00175201136, -0.0115877772, 0.0356773287,
        -0.00743646221, -0.24952291, 0.5,
      ]
      let size = min(abs(x), 8)
      let p = coefficients.reduce(Float(0)) { $1.addingProduct($0, size) }
      return max(x, 0).addingProduct(-p, size)
    }

    private static func hardSigmoid(_ x: Float) -> Float { min(max(x + 3, 0), 6) * (1 / 6) }

    /// Returns an activation of a real number; relu is applied later, as a lower bound.
    package static func activate(_ x: Float, _ activation: ActivationFunction?) -> Float {
      switch activation {
      case .swish: swish(x)
      case .hardSwish: x * hardSigmoid(x)
      case .sigmoid: sigmoid(x)
      case .hardSigmoid: hardSigmoid(x)
      default: x
      }
    }

    /// Returns the byte of a layer's exact sum and a residual, or nil for a float32 result.
    ///
    /// - Parameters:
    ///   - sum: The exact sum.
    ///   - factor: The factor from the sum to units of the result, or to real numbers if a function of them follows.
    ///   - addend: The residual, in the same unit; nil if there is none.
    ///   - result: The quantization and activation of the result.
    public static func byte(sum: Int32, factor: Float, addend: Float? = nil, result: QuantizedResult) -> Int8? {
      guard let quantization = result.quantization else { return nil }
      switch result.activation {
      case nil, .relu:
        let isRectified = result.activation == .relu
        guard let addend else { return byte(Float(sum), times: factor, quantization, isRectified: isRectified) }
        return byte(addend.addingProduct(Float(sum), factor), quantization, isRectified: isRectified)
      default:
        let value = (addend ?? 0).addingProduct(Float(sum), factor)
        return byte(activate(value, result.activation), times: 1 / quantization.scale, quantization)
      }
    }

    /// Returns an exact sum as a real number.
    ///
    /// - Parameters:
    ///   - sum: The exact sum.
    ///   - factor: The factor from the sum to real numbers.
    ///   - activation: The function that is applied; nil for none.
    public static func real(sum: Int32, factor: Float, activation: ActivationFunction?) -> Float {
      let value = Float(sum) * factor
      return activation == .relu ? max(value, 0) : activate(value, activation)
    }

    /// Returns an exact sum as an int16, for squeeze-excite and prologues.
    ///
    /// - Parameters:
    ///   - sum: The exact sum.
    ///   - factor: The factor from the sum to units of the result, or to real numbers if a function of them follows.
    ///   - scale: The real number that 1 stands for in the result.
    ///   - activation: The function that is applied; nil for none.
    public static func word(sum: Int32, factor: Float, scale: Float, activation: ActivationFunction?) -> Int16 {
      switch activation {
      case nil: Int16(rounded(Float(sum), times: factor, in: -32767...32767))
      case .relu: Int16(rounded(Float(sum), times: factor, in: 0...32767))
      default: Int16(rounded(activate(Float(sum) * factor, activation), times: 1 / scale, in: -32767...32767))
      }
    }

    /// Returns the byte of a prologue's int16 input: channel factor, activation, quantization.
    public static func byte(
      word: Int16, factor: Float, activation: ActivationFunction?, _ quantization: QuantizationParameters
    ) -> Int8 {
      byte(
        activate(Float(word) * factor, activation), times: 1 / quantization.scale, quantization,
        isRectified: activation == .relu)
    }

    /// Returns bytes in another quantization, after an activation.
    ///
    /// - Parameters:
    ///   - x: Bytes of any shape.
    ///   - quantization: The quantization of the bytes.
    ///   - result: The quantization and activation of the result; not real numbers.
    public static func rescale(_ x: Tensor, _ quantization: QuantizationParameters, result: QuantizedResult) -> Tensor {
      let factor = result.factor(quantization.scale)
      return x.mapped(from: Int8.self) {
        byte(sum: Int32($0) - Int32(quantization.zeroPoint), factor: factor, result: result) ?? 0
      }
    }

    /// Returns the sum of two values as a byte.
    ///
    /// - Parameters:
    ///   - a: The first byte.
    ///   - quantizationA: The quantization of the first byte.
    ///   - b: The second byte.
    ///   - quantizationB: The quantization of the second byte.
    ///   - result: The quantization and activation of the sum.
    public static func sum(
      _ a: Int8, _ quantizationA: QuantizationParameters, _ b: Int8, _ quantizationB: QuantizationParameters,
      result: QuantizedResult
    ) -> Int8? {
      let centred = { (value: Int8, quantization: QuantizationParameters) in
        Float(Int(value) - Int(quantization.zeroPoint))
      }
      guard let quantization = result.quantization else { return nil }
      let share = centred(b, quantizationB) * result.factor(quantizationB.scale)
      let value = share.addingProduct(centred(a, quantizationA), result.factor(quantizationA.scale))
      switch result.activation {
      case nil, .relu: return byte(value, quantization, isRectified: result.activation == .relu)
      default: return byte(activate(value, result.activation), times: 1 / quantization.scale, quantization)
      }
    }
  }
}
