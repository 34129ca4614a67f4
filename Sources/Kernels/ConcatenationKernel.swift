import CKernels

/// Joins images along their channels; works for any number of channels, whole vectors or not.
public struct ConcatenationKernel: Sendable {
  private let isa: ISA
  private let channels: [Int]

  /// Prepares the kernel for inputs of some channels.
  public init(isa: ISA, channels: [Int]) {
    self.isa = isa
    self.channels = channels
  }

  /// The kernel's name in a profile.
  public var name: String { "f32_copy_channels_\(isa)" }

  /// Floats of an output pixel.
  public var outputPixel: Int { isa.padded(channels.reduce(0, +)) }

  /// Copies one input's channels of a run of pixels to their place in the output's pixels.
  ///
  /// - Parameters:
  ///   - index: which input.
  ///   - input: the first pixel of the run.
  ///   - output: the first pixel of the run.
  ///   - count: how many pixels.
  public func copy(
    input index: Int, from input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, count: Int
  ) {
    let offset = channels[..<index].reduce(0, +)
    isa.float32.copy_channels(
      input, isa.padded(channels[index]), output + offset, outputPixel, channels[index], count)
  }
}
