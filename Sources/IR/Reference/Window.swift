/// The window of a convolution or of pooling, which slides over the last axes of a tensor.
///
/// Each array has an element for each spatial axis: `[L]`, `[H, W]` or `[T, H, W]`.
public struct Window: Sendable, Hashable, Codable {
  /// The size of the window.
  public var kernel: [Int]
  /// The distance from one window to the next.
  public var stride: [Int]
  /// The padding before the first element.
  public var paddingBefore: [Int]
  /// The padding after the last element.
  public var paddingAfter: [Int]
  /// The distance between adjacent taps of a window.
  public var dilation: [Int]

  /// Creates a window with padding that may differ on the two sides.
  ///
  /// - Parameters:
  ///   - kernel: The size of the window.
  ///   - stride: The distance from one window to the next.
  ///   - paddingBefore: The padding before the first element.
  ///   - paddingAfter: The padding after the last element.
  ///   - dilation: The distance between adjacent taps of a window.
  public init(kernel: [Int], stride: [Int], paddingBefore: [Int], paddingAfter: [Int], dilation: [Int]) {
    self.kernel = kernel
    self.stride = stride
    self.paddingBefore = paddingBefore
    self.paddingAfter = paddingAfter
    self.dilation = dilation
  }

  /// Creates a window with the same padding on both sides; stride and dilation are 1 and padding 0 unless given.
  ///
  /// - Parameters:
  ///   - kernel: The size of the window.
  ///   - stride: The distance from one window to the next; nil for 1.
  ///   - padding: The padding on both sides; nil for 0.
  ///   - dilation: The distance between adjacent taps of a window; nil for 1.
  public init(kernel: [Int], stride: [Int]? = nil, padding: [Int]? = nil, dilation: [Int]? = nil) {
    let ones = kernel.map { _ in 1 }
    let zeros = kernel.map { _ in 0 }
    self.init(
      kernel: kernel, stride: stride ?? ones, paddingBefore: padding ?? zeros, paddingAfter: padding ?? zeros,
      dilation: dilation ?? ones)
  }

  /// The number of spatial axes.
  public var rank: Int { kernel.count }

  /// Whether each output depends on one position, without padding.
  package var isPointwise: Bool {
    kernel.allSatisfy { $0 == 1 } && (paddingBefore + paddingAfter).allSatisfy { $0 == 0 }
  }

  /// Returns the number of elements that a window spans on an axis, including dilation.
  public func span(_ axis: Int) -> Int { dilation[axis] * (kernel[axis] - 1) + 1 }

  /// Returns the number of windows on an axis of `length` elements; 0 or less if none fits.
  ///
  /// - Parameters:
  ///   - length: The length of the input on the axis.
  ///   - axis: The axis, an index in ``kernel``.
  public func outputLength(_ length: Int, axis: Int) -> Int {
    let room = length + paddingBefore[axis] + paddingAfter[axis] - span(axis)
    return room < 0 ? 0 : room / stride[axis] + 1
  }

  /// Returns the outputs along an axis for which a tap is inside of the input, so that padding is skipped.
  func validOutputs(tap: Int, axis: Int, inputLength: Int, outputLength: Int) -> Range<Int> {
    // The input index is output * stride + offset, which must be in 0..<inputLength.
    let offset = tap * dilation[axis] - paddingBefore[axis]
    let step = stride[axis]
    let first = offset >= 0 ? 0 : (-offset + step - 1) / step
    let end = inputLength - offset <= 0 ? 0 : (inputLength - offset + step - 1) / step
    let clampedEnd = min(end, outputLength)
    return first < clampedEnd ? first..<clampedEnd : 0..<0
  }

  /// The window over `[T, H, W]`: a window of fewer axes gets first axes of length 1.
  public var threeDimensional: Window {
    let (ones, zeros) = ([Int](repeating: 1, count: max(3 - rank, 0)), [Int](repeating: 0, count: max(3 - rank, 0)))
    return Window(
      kernel: ones + kernel, stride: ones + stride, paddingBefore: zeros + paddingBefore,
      paddingAfter: zeros + paddingAfter, dilation: ones + dilation)
  }
}
