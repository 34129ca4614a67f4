import IR

/// A convolution over `[T, H, W]`, in one piece or factored into one in space and one in time after it, each with batch norm
/// and activation.
///
/// Parameters: `conv_1.conv3d.weight` `[K, C / groups, kT, kH, kW]`, or `conv_1.conv2d.weight` `[K, C / groups, kH, kW]` and
/// `conv_2.conv2d.weight` `[K, C / groups, kT, 1]`; `norm` beside each, or `bias` without batch norm.
struct MoViNetConvolution: Layer {
  private let outputs: Int
  private let window: Window
  private let groups: Int
  private let activation: Activation?
  private let form: MoViNetConfiguration.Form
  private let convolutions: MoViNetConfiguration.Convolutions

  /// Creates a convolution.
  ///
  /// - Parameters:
  ///   - outputs: The number of channels that it gives.
  ///   - window: The window with padding that keeps the number of frames, on both sides; the form moves it.
  ///   - groups: The number of groups.
  ///   - activation: The activation after batch norm; nil for a bias instead of both.
  ///   - form: Which frames it sees.
  ///   - convolutions: Whether it is factored.
  init(
    _ outputs: Int, window: Window, groups: Int, activation: Activation?, form: MoViNetConfiguration.Form,
    convolutions: MoViNetConfiguration.Convolutions
  ) {
    self.outputs = outputs
    self.window = window
    self.groups = groups
    self.activation = activation
    self.form = form
    self.convolutions = convolutions
  }

  func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    switch convolutions {
    case .full: return part(x, window, stored: window.kernel, name: "conv3d", in: "conv_1")
    case .factored:
      let (space, time) = (window.along(1..<3), window.along(0..<1))
      let y = part(x, space, stored: Array(space.kernel[1...]), name: "conv2d", in: "conv_1")
      guard time.kernel[0] > 1 else { return y }
      return part(y, time, stored: [time.kernel[0], 1], name: "conv2d", in: "conv_2")
    }
  }

  /// Adds a convolution with a window whose weight has some axes in state dicts.
  private func part(
    _ x: SymbolicTensor, _ window: Window, stored kernel: [Int], name: String, in scope: String
  ) -> SymbolicTensor {
    x.builder.scoped(scope) {
      var (frames, window) = (x, window)
      let past = window.kernel[0] - 1
      switch form {
      case .base: break
      case .causal: (window.paddingBefore[0], window.paddingAfter[0]) = (past, 0)
      case .stream:
        (window.paddingBefore[0], window.paddingAfter[0]) = (0, 0)
        frames = PastFrames(past).forward(x)
      }
      let y = x.builder.scoped(name) { convolution(frames, window, stored: kernel) }
      guard let activation else { return y }
      return activation(BatchNorm(outputs, epsilon: 1e-3)(y, name: "norm"), name: "act")
    }
  }

  private func convolution(_ x: SymbolicTensor, _ window: Window, stored kernel: [Int]) -> SymbolicTensor {
    let inputs = x.channels / groups
    let parameter = x.builder.parameter("weight", shape: [outputs, inputs] + kernel)
    // The number of outputs is copied, so that a classifier can have others.
    let weight =
      kernel == window.kernel ? parameter : parameter.applying(Operations.Reshape([0, inputs] + window.kernel))
    let operation = Operations.Convolution(window: window, groups: groups)
    guard activation == nil else { return x.applying(operation, weight) }
    return x.applying(operation, weight, x.builder.parameter("bias", shape: [outputs]))
  }
}

extension Window {
  /// Creates a window over `[T, H, W]` with a stride in H and W, padded as TensorFlow does by "same": as many results as the
  /// size divided by the stride, rounded up, and the odd element of padding at the end.
  ///
  /// - Parameters:
  ///   - kernel: The kernel, odd in T.
  ///   - stride: The stride in H and W.
  ///   - size: The height and width of what it slides over.
  init(same kernel: [Int], stride: Int, size: Int) {
    let space = kernel.dropFirst().map { max($0 - (size % stride == 0 ? stride : size % stride), 0) }
    let padding = [kernel[0] - 1] + space
    self.init(
      kernel: kernel, stride: [1, stride, stride], paddingBefore: padding.map { $0 / 2 },
      paddingAfter: padding.map { $0 - $0 / 2 }, dilation: [1, 1, 1])
  }

  /// Returns the window along some axes alone.
  fileprivate func along(_ axes: Range<Int>) -> Window {
    var result = self
    for axis in kernel.indices where !axes.contains(axis) {
      (result.kernel[axis], result.stride[axis]) = (1, 1)
      (result.paddingBefore[axis], result.paddingAfter[axis]) = (0, 0)
    }
    return result
  }
}
