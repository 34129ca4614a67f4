import CKernels

/// Joins images along their channels, for any numbers of channels, whether they fill whole vectors or not.
public struct ConcatenationKernel: Sendable {
  private let kernels: KernelSet
  private let channels: [Int]

  /// Prepares the kernel for inputs with the given numbers of channels, in the order in which they are joined.
  public init(kernels: KernelSet, channels: [Int]) {
    self.kernels = kernels
    self.channels = channels
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("copy_channels") }

  /// Elements of an output pixel.
  public var outputPixel: Int { kernels.padded(channels.reduce(0, +)) }

  /// Copies one input's channels of a run of pixels to their place in the output's pixels.
  ///
  /// - Parameters:
  ///   - index: The index of the input.
  ///   - input: The first pixel of the run in that input.
  ///   - output: The first pixel of the run in the output, of ``outputPixel`` elements.
  ///   - count: The number of pixels.
  public func copy(
    input index: Int, from input: UnsafeRawPointer, to output: UnsafeMutableRawPointer, count: Int
  ) {
    let offset = channels[..<index].reduce(0, +)
    kernels.table.pointee.copy_channels(
      input, kernels.padded(channels[index]), output + offset * kernels.elementSize, outputPixel, channels[index], count
    )
  }
}
