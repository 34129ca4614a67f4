import Tensors

/// What a node in integers computes with: the values that it takes, its weights, and how its result stands for real numbers.
public struct IntegerOperands {
  /// A layer's weights as they are stored.
  private struct Layer {
    let weight: Tensor
    /// One for each output channel.
    let scales: [Float]
    let bias: Tensor?
    let window: Window
    let groups: Int
  }

  /// The node's inputs, in order; weights as real numbers.
  public let values: [QuantizedValue]
  /// How its first result is integers; nil: it is real numbers.
  public let result: QuantizationTable.Form?
  /// The quantization of the bytes that a prologue makes of 16-bit values.
  let prologue: QuantizationParameters?
  private let layer: Layer?

  /// Operands for a node of this form.
  ///
  /// - Parameters:
  ///   - values: The node's inputs, in order; weights as real numbers.
  ///   - stored: The tensor of a parameter as it is stored.
  ///   - scales: The scales of a weight's output channels.
  package init(
    _ form: IntegerForm, values: [QuantizedValue], result: QuantizationTable.Form?, prologue: QuantizationParameters?,
    stored: (Graph.ValueID) -> Tensor?, scales: (Graph.ValueID) -> [Float]
  ) {
    self.values = values
    self.result = result
    self.prologue = prologue
    layer = form.layer.map { layer in
      guard let weight = stored(layer.weight) else { preconditionFailure("the check finds all weights") }
      return Layer(
        weight: weight, scales: scales(layer.weight), bias: layer.bias.flatMap(stored), window: layer.window,
        groups: layer.groups)
    }
  }

  /// An input that is bytes.
  ///
  /// - Precondition: The node's form takes it as bytes.
  public func bytes(_ index: Int) -> (tensor: Tensor, quantization: QuantizationParameters) {
    guard case .bytes(let tensor, let quantization) = values[index] else {
      preconditionFailure("the form takes input \(index) as bytes")
    }
    return (tensor, quantization)
  }

  /// How the first result is bytes.
  ///
  /// - Precondition: The node's form gives bytes.
  public var resultBytes: QuantizationParameters {
    guard case .byte(let quantization) = result else { preconditionFailure("the form gives bytes") }
    return quantization
  }

  /// The layer's exact sums, int32 `[N, K, …]`.
  ///
  /// - Precondition: The node's form has a layer.
  func sums(of x: Tensor, _ quantization: QuantizationParameters) -> Tensor {
    guard let layer else { preconditionFailure("the form has weights") }
    let taps = layer.weight.rank == 2 ? layer.window.kernel : Array(layer.weight.shape.suffix(layer.window.rank))
    let weight = layer.weight
    let shape = [weight.shape[0], weight.count / max(weight.shape[0] * taps.reduce(1, *), 1)] + taps
    return IntegerSums.convolution(
      x, zeroPoint: quantization.zeroPoint, weight: weight.reshaped(to: shape), bias: layer.bias, window: layer.window,
      groups: layer.groups)
  }

  /// What a layer makes of its sums.
  func finish(
    _ sums: Tensor, _ input: QuantizationParameters, activation: ActivationFunction?, residual: QuantizedValue? = nil
  ) -> QuantizedValue {
    let scales = layer?.scales ?? []
    let plane = sums.plane
    let values = sums.elements(as: Int32.self)
    let channel = { (position: Int) in position / plane % scales.count }
    switch result {
    case .word(let scale):
      // In units of the 16-bit value's scale, as a byte's result would be.
      let factors = scales.map { input.scale * $0 / scale }
      return .words(
        Tensor(
          values.indices.map { Reference.Quantized.word(sum: values[$0], factor: factors[channel($0)]) },
          shape: sums.shape), scale: scale)
    case .byte(let quantization):
      let result = QuantizedResult(supported: activation, quantization)
      let factors = scales.map { result.factor(input.scale, weightScale: $0) }
      let addends = addends(residual, result)
      let bytes = values.indices.map { position in
        Reference.Quantized.byte(
          sum: values[position], factor: factors[channel(position)], addend: addends.isEmpty ? nil : addends[position],
          result: result) ?? 0
      }
      return .bytes(Tensor(bytes, shape: sums.shape), quantization)
    case nil:
      let factors = scales.map { input.scale * $0 }
      return .real(
        Tensor(
          values.indices.map {
            Reference.Quantized.real(sum: values[$0], factor: factors[channel($0)], activation: activation)
          }, shape: sums.shape))
    }
  }

  /// A residual in the units of the sums' result.
  private func addends(_ residual: QuantizedValue?, _ result: QuantizedResult) -> [Float] {
    guard case .bytes(let tensor, let quantization) = residual else { return [] }
    let factor = result.factor(quantization.scale)
    return tensor.elements(as: Int8.self).map { Float(Int($0) - Int(quantization.zeroPoint)) * factor }
  }
}

extension QuantizedValue {
  /// The same numbers under another shape.
  func reshaped(to shape: [Int]) -> QuantizedValue {
    switch self {
    case .real(let tensor): .real(tensor.reshaped(to: shape))
    case .bytes(let tensor, let quantization): .bytes(tensor.reshaped(to: shape), quantization)
    case .words(let tensor, let scale): .words(tensor.reshaped(to: shape), scale: scale)
    }
  }

  /// The mean of each clip's channels over all positions: an exact sum, made real in double precision.
  func mean(shape: [Int]) -> Tensor {
    let plane = stored.plane
    let means = { (values: [Int], scale: Float) in
      stride(from: 0, to: values.count, by: max(plane, 1)).map { first in
        Float(Double(values[first..<first + plane].reduce(0, +)) * Double(scale) / Double(plane))
      }
    }
    switch self {
    case .bytes(let tensor, let quantization):
      let centred = tensor.elements(as: Int8.self).map { Int($0) - Int(quantization.zeroPoint) }
      return Tensor(means(centred, quantization.scale), shape: shape)
    case .words(let tensor, let scale):
      return Tensor(means(tensor.elements(as: Int16.self).map { Int($0) }, scale), shape: shape)
    case .real(let tensor): return Reference.mean(tensor, axes: Array(2..<tensor.rank)).reshaped(to: shape)
    }
  }
}
