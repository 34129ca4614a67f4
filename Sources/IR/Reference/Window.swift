/// A window that slides over the trailing axes of a tensor: of a convolution or of pooling.
///
/// Each array has one entry per spatial axis: `[H, W]` or `[T, H, W]`.
public struct Window: Sendable, Hashable, Codable {
  /// The window's size.
  public var kernel: [Int]
  /// The step from one window to the next.
  public var stride: [Int]
  /// Padding before the first element.
  public var paddingBefore: [Int]
  /// Padding after the last element.
  public var paddingAfter: [Int]
  /// The distance between two taps of one window.
  public var dilation: [Int]

  /// A window with padding that may differ on the two sides.
  public init(kernel: [Int], stride: [Int], paddingBefore: [Int], paddingAfter: [Int], dilation: [Int]) {
    self.kernel = kernel
    self.stride = stride
    self.paddingBefore = paddingBefore
    self.paddingAfter = paddingAfter
    self.dilation = dilation
  }

  /// A window with the same padding on both sides; stride and dilation are 1 and padding 0 unless given.
  public init(kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, dilation: [Int]? = nil) {
    let ones = kernel.map { _ in 1 }
    let zeros = kernel.map { _ in 0 }
    self.init(
      kernel: kernel, stride: stride ?? ones, paddingBefore: padding ?? zeros, paddingAfter: padding ?? zeros,
      dilation: dilation ?? ones)
  }

  /// How many spatial axes the window slides over.
  public var rank: Int { kernel.count }

  /// Whether each output is of one position alone, and there is no padding.
  package var isPointwise: Bool {
    kernel.allSatisfy { $0 == 1 } && (paddingBefore + paddingAfter).allSatisfy { $0 == 0 }
  }

  /// How many elements one window spans on an axis, dilation included.
  public func span(_ axis: Int) -> Int { dilation[axis] * (kernel[axis] - 1) + 1 }

  /// How many windows fit an axis of `length` elements; 0 or less if none does.
  public func outputLength(_ length: Int, axis: Int) -> Int {
    let room = length + paddingBefore[axis] + paddingAfter[axis] - span(axis)
    return room < 0 ? 0 : room / stride[axis] + 1
  }

  /// The outputs along an axis for which a tap reads inside the input, so that padding is skipped, not multiplied.
  func validOutputs(tap: Int, axis: Int, inputLength: Int, outputLength: Int) -> Range<Int> {
    // The input index is output * stride + offset; it must lie in 0 ..< inputLength.
    let offset = tap * dilation[axis] - paddingBefore[axis]
    let step = stride[axis]
    let first = offset >= 0 ? 0 : (-offset + step - 1) / step
    let end = inputLength - offset <= 0 ? 0 : (inputLength - offset + step - 1) / step
    let clampedEnd = min(end, outputLength)
    return first < clampedEnd ? first..<clampedEnd : 0..<0
  }

  /// The same window over `[T, H, W]`: a 2D window gets a temporal axis of length 1.
  public var threeDimensional: Window {
    guard rank == 2 else { return self }
    return Window(
      kernel: [1] + kernel, stride: [1] + stride, paddingBefore: [0] + paddingBefore,
      paddingAfter: [0] + paddingAfter, dilation: [1] + dilation)
  }
}
