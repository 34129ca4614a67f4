import Tensors

/// The operands of an integer node: its inputs, its weights, and the quantization of its result.
public struct IntegerOperands {
  /// The stored weights of a layer.
  private struct Layer {
    let weight: Tensor
    /// A scale for each output channel.
    let scales: [Float]
    let bias: Tensor?
    let window: Window
    let groups: Int
  }

  /// The inputs of the node, in order; weights as real numbers.
  public let values: [QuantizedValue]
  /// The quantization of the first result; nil for real numbers.
  public let result: QuantizationTable.Form?
  /// The quantization of the bytes that a prologue makes of 16-bit values.
  let prologue: QuantizationParameters?
  private let layer: Layer?

  /// Creates the operands of a node with an integer form.
  ///
  /// - Parameters:
  ///   - values: The inputs of the node, in order; weights as real numbers.
  ///   - stored: Returns the stored tensor of a parameter.
  ///   - scales: Returns the scales of a weight's output channels.
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

  /// Returns an input that is bytes.
  ///
  /// - Precondition: The node's form takes it as bytes.
  public func bytes(_ index: Int) -> (tensor: Tensor, quantization: QuantizationParameters) {
    guard case .bytes(let tensor, let quantization) = values[index] else {
      preconditionFailure("the form takes input \(index) as bytes")
    }
    return (tensor, quantization)
  }

  /// The quantization of the first result as bytes.
  ///
  /// - Precondition: The result of the node's form is bytes.
  public var resultBytes: QuantizationParameters {
    guard case .byte(let quantization) = result else { preconditionFailure("the form gives bytes") }
    return quantization
  }

  /// Returns the layer's exact sums, int32 `[N, K, …]`.
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

  /// Returns the result of a layer from its sums.
  func finish(
    _ sums: Tensor, _ input: QuantizationParameters, activation: ActivationFunction?, residual: QuantizedValue? = nil
  ) -> QuantizedValue {
    let scales = layer?.scales ?? []
    let plane = sums.plane
    let values = sums.elements(as: Int32.self)
    let channel = { (position: Int) in position / plane % scales.count }
    switch result {
    case .word(let scale):
      // In units of the 16-bit value's scale, as for a result in bytes.
      let factors = scales.map {
        QuantizedResult.wordFactor(input.scale * $0, scale: scale, activation: activation)
      }
      return .words(
        Tensor(
          values.indices.map {
            Reference.Quantized.word(
              sum: values[$0], factor: factors[channel($0)], scale: scale, activation: activation)
          }, shape: sums.shape), scale: scale)
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

  /// Returns a residual in the units of the sums' result.
  private func addends(_ residual: QuantizedValue?, _ result: QuantizedResult) -> [Float] {
    guard case .bytes(let tensor, let quantization) = residual else { return [] }
    let factor = result.factor(quantization.scale)
    return tensor.elements(as: Int8.self).map { Float(Int($0) - Int(quantization.zeroPoint)) * factor }
  }
}

extension QuantizedValue {
  /// Returns the value with another shape.
  func reshaped(to shape: [Int]) -> QuantizedValue {
    switch self {
    case .real(let tensor): .real(tensor.reshaped(to: shape))
    case .bytes(let tensor, let quantization): .bytes(tensor.reshaped(to: shape), quantization)
    case .words(let tensor, let scale): .words(tensor.reshaped(to: shape), scale: scale)
    }
  }

  /// Returns the mean of each clip's channels over all positions: an exact sum, converted to real numbers in double
  /// precision.
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
