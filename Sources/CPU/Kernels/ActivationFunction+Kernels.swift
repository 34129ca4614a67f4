import CKernels
import IR

extension ActivationFunction? {
  /// The function's constant in the kernels' headers.
  package var code: Int32 {
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
