import Tensors

/// A value while a quantized graph runs.
public enum QuantizedValue: Sendable {
  /// Floating-point numbers.
  case real(Tensor)
  /// Bytes: int8.
  case bytes(Tensor, QuantizationParameters)
  /// 16-bit values: int16.
  case words(Tensor, scale: Float)

  /// The real numbers that it represents.
  public var real: Tensor {
    switch self {
    case .real(let tensor): tensor
    case .bytes(let tensor, let quantization):
      tensor.mapped(from: Int8.self) { Reference.Quantized.dequantize($0, quantization) }
    case .words(let tensor, let scale): tensor.mapped(from: Int16.self) { Float($0) * scale }
    }
  }

  /// The stored tensor.
  public var stored: Tensor {
    switch self {
    case .real(let tensor), .bytes(let tensor, _), .words(let tensor, _): tensor
    }
  }
}

extension Tensor {
  /// Returns a tensor of the same shape, converted element by element.
  func mapped<Source: TensorElement, Target: TensorElement>(
    from source: Source.Type, _ transform: (Source) -> Target
  ) -> Tensor {
    Tensor(elements(as: source).map(transform), shape: shape)
  }

  /// The number of adjacent elements of each channel (axis 1).
  var plane: Int { shape.dropFirst(2).reduce(1, *) }
}
