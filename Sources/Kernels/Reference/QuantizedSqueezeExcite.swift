import Tensors

extension Reference.Quantized {
  /// Squeeze-excite's scales in the order of operations of its kernel, which is the same on every instruction set.
  ///
  /// - Parameters:
  ///   - mean: `[N, C, …]`, one number for each clip and channel.
  ///   - parameters: W₁ `[R, C]`, b₁ `[R]`, W₂ `[C, R]`, b₂ `[C]`, all float32.
  /// - Returns: like `mean`.
  public static func squeezeExcite(_ mean: Tensor, parameters: [Tensor], activation: ActivationFunction?) -> Tensor {
    let (hidden, channels) = (parameters[0].shape[0], parameters[0].shape[1])
    let kernel = SqueezeExciteKernel(
      kernels: KernelSet(.scalar), channels: channels, hidden: hidden, activation: activation)
    var packed = [UInt8](repeating: 0, count: kernel.packedBytes)
    var scratch = [UInt8](repeating: 0, count: kernel.scratchBytes)
    parameters[0].withUnsafeElements(as: Float.self) { reduce in
      parameters[1].withUnsafeElements(as: Float.self) { reduceBias in
        parameters[2].withUnsafeElements(as: Float.self) { expand in
          parameters[3].withUnsafeElements(as: Float.self) { expandBias in
            guard let reduce = reduce.baseAddress, let expand = expand.baseAddress else { return }
            kernel.pack(
              reduceWeight: reduce, reduceBias: reduceBias.baseAddress, expandWeight: expand,
              expandBias: expandBias.baseAddress, into: &packed)
          }
        }
      }
    }
    return Tensor(shape: mean.shape, as: Float.self) { scales in
      mean.withUnsafeElements(as: Float.self) { means in
        guard let scales = scales.baseAddress, let means = means.baseAddress else { return }
        for clip in 0..<mean.shape[0] {
          kernel.run(packed: packed, mean: means + clip * channels, scale: scales + clip * channels, scratch: &scratch)
        }
      }
    }
  }
}
