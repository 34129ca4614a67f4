import IR

/// A 3D convolution. Input `[N, C, T, H, W]`, result `[N, K, T', H', W']`; arrays are `[T, H, W]`.
///
/// Parameters: `weight` `[K, C / groups, kT, kH, kW]` and, with a bias, `bias` `[K]`.
public struct Conv3d: Layer {
  private let convolution: ConvolutionLayer

  /// Creates a 3D convolution with the same padding on both sides.
  public init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: [Int], stride: [Int] = [1, 1, 1], padding: [Int] = [0, 0, 0],
    dilation: [Int] = [1, 1, 1], groups: Int = 1, bias: Bool = true
  ) {
    self.init(
      inputChannels, outputChannels,
      window: Window(kernel: kernel, stride: stride, padding: padding, dilation: dilation), groups: groups, bias: bias)
  }

  /// Creates a 3D convolution with a window over `[T, H, W]`, whose padding may differ on the two sides.
  public init(_ inputChannels: Int, _ outputChannels: Int, window: Window, groups: Int = 1, bias: Bool = true) {
    convolution = ConvolutionLayer(
      inputChannels: inputChannels, outputChannels: outputChannels, window: window, groups: groups, bias: bias)
  }

  /// Adds the convolution.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor { convolution.forward(x) }
}

/// A 2D convolution. Input `[N, C, H, W]`, result `[N, K, H', W']`; arrays are `[H, W]`.
///
/// Parameters: `weight` `[K, C / groups, kH, kW]` and, with a bias, `bias` `[K]`.
public struct Conv2d: Layer {
  private let convolution: ConvolutionLayer

  /// Creates a 2D convolution with the same padding on both sides.
  public init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: [Int], stride: [Int] = [1, 1], padding: [Int] = [0, 0],
    dilation: [Int] = [1, 1], groups: Int = 1, bias: Bool = true
  ) {
    convolution = ConvolutionLayer(
      inputChannels: inputChannels, outputChannels: outputChannels,
      window: Window(kernel: kernel, stride: stride, padding: padding, dilation: dilation), groups: groups, bias: bias)
  }

  /// Adds the convolution.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor { convolution.forward(x) }
}

/// The common part of 2D and 3D convolutions; the window's rank tells them apart.
private struct ConvolutionLayer: Layer {
  let inputChannels: Int
  let outputChannels: Int
  let window: Window
  let groups: Int
  let bias: Bool

  func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    // The shape rule reports groups that do not divide the channels; here the division must only be possible.
    let channelsPerGroup = groups > 0 ? inputChannels / groups : inputChannels
    let weight = x.builder.parameter("weight", shape: [outputChannels, channelsPerGroup] + window.kernel)
    let operation = Operations.Convolution(window: window, groups: groups)
    guard bias else { return x.applying(operation, weight) }
    return x.applying(operation, weight, x.builder.parameter("bias", shape: [outputChannels]))
  }
}
