import Tensors

extension Reference.Quantized {
  /// Returns the scales of squeeze-excite, in the order of operations of its kernel, which is the same on every device.
  ///
  /// - Parameters:
  ///   - mean: `[N, M, 1, …]`, the means of each clip.
  ///   - parameters: W₁ `[R, M]`, b₁ `[R]`, W₂ `[C, R]`, b₂ `[C]`, all float32.
  ///   - activation: The activation between the two maps; nil for none.
  ///   - gate: The function after them.
  /// - Returns: `[N, C, 1, …]`.
  public static func squeezeExcite(
    _ mean: Tensor, parameters: [Tensor], activation: ActivationFunction?, gate: ActivationFunction
  ) -> Tensor {
    let count = parameters[0].shape[1]
    let numbers = parameters.map { $0.elements(as: Float.self) }
    let means = mean.elements(as: Float.self)
    let scales = stride(from: 0, to: means.count, by: max(count, 1)).flatMap { start in
      let clip = Array(means[start..<start + count])
      let hidden = linear(clip, weight: numbers[0], bias: numbers[1], activation: activation)
      return linear(hidden, weight: numbers[2], bias: numbers[3], activation: gate)
    }
    return Tensor(scales, shape: [mean.shape[0], parameters[2].shape[0]] + mean.shape.dropFirst(2))
  }

  /// Returns `activation(Σ_c weight[k, c] · x[c] + bias[k])`, summed from the bias in the order of c with fused
  /// multiply-adds.
  private static func linear(
    _ x: [Float], weight: [Float], bias: [Float], activation: ActivationFunction?
  ) -> [Float] {
    bias.indices.map { k in
      let sum = x.indices.reduce(bias[k]) { $0.addingProduct(x[$1], weight[k * x.count + $1]) }
      return Reference.KernelFunctions.activate(sum, activation)
    }
  }
}
