import CKernels

extension ISA {
  /// The table of float32 kernels.
  ///
  /// - Precondition: this processor has the instruction set.
  var float32: f32_kernels {
    switch self {
    case .scalar: return f32_kernels_scalar
    #if arch(x86_64)
      case .avx2: return f32_kernels_avx2
      case .avx512: return f32_kernels_avx512
    #elseif arch(arm64)
      case .neon: return f32_kernels_neon
    #endif
    default: preconditionFailure("this processor has no \(rawValue)")
    }
  }

  /// Channels rounded up to whole vectors: the floats of a pixel in a plan.
  public func padded(_ channels: Int) -> Int { (channels + width - 1) / width * width }
}

extension ActivationFunction? {
  /// The kernels' number for it.
  var code: Int32 {
    let code =
      switch self {
      case nil: va_activation_none
      case .relu: va_activation_relu
      case .swish: va_activation_swish
      case .hardSwish: va_activation_hard_swish
      case .sigmoid: va_activation_sigmoid
      case .hardSigmoid: va_activation_hard_sigmoid
      case .gelu: va_activation_gelu
      case .tanh: va_activation_tanh
      }
    return Int32(code)
  }
}
