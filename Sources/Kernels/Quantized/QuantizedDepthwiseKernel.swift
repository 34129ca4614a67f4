import CKernels

/// A depthwise convolution of bytes, prepared for one layer and input size: each channel has its own window.
///
/// Windows of 1, 3 or 5 frames with stride and dilation 1 along T, and as many frames after as before, take their input as
/// lanes `[H, T / 4, W, pixel, 4 frames]`: four frames of a channel side by side, those past the last the zero point. All
/// others take pixels `[H, T, W, pixel]`. The output is pixels: of bytes, or of int16 for squeeze-excite and for
/// ``QuantizedPointwiseKernel/Prologue``.
public struct QuantizedDepthwiseKernel: Sendable {
  /// What the kernel gives.
  public enum Output: Sendable, Hashable {
    /// Bytes.
    case bytes(QuantizedResult)
    /// Numbers in -32767...32767, of which 1 stands for `scale`.
    case words(scale: Float)
  }

  private let isa: ISA
  private let channels: Int
  private let window: Window
  private let inputSize: [Int]
  private let input: Quantization
  private let output: Output
  /// Whether the input is lanes.
  public let takesLanes: Bool
  /// The output's length in T, H and W.
  public let outputSize: [Int]

  /// Prepares the kernel for a layer.
  ///
  /// - Parameters:
  ///   - window: over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`; T is 1 for a window over `[H, W]`.
  public init(isa: ISA, channels: Int, window: Window, inputSize: [Int], input: Quantization, output: Output) {
    let window = window.threeDimensional
    self.isa = isa
    self.channels = channels
    self.window = window
    self.inputSize = inputSize
    self.input = input
    self.output = output
    takesLanes = Self.takesLanes(window)
    outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
  }

  /// Whether a layer of some window takes its input as lanes.
  public static func takesLanes(_ window: Window) -> Bool {
    let window = window.threeDimensional
    return [1, 3, 5].contains(window.kernel[0]) && window.stride[0] == 1 && window.dilation[0] == 1
      && window.paddingBefore[0] == window.kernel[0] / 2 && window.paddingAfter[0] == window.kernel[0] / 2
  }

  /// The kernel's name in a profile.
  public var name: String { isa.quantizedName(takesLanes ? "lanes_k\(window.kernel[0])" : "depthwise") }

  /// Bytes of a row of the input.
  public var inputRowBytes: Int { Self.rowBytes(size: inputSize, pixel: pixel, asLanes: takesLanes) }

  /// Bytes of a row of the output.
  public var outputRowBytes: Int { Self.rowBytes(size: outputSize, pixel: pixel, asLanes: false) * elementBytes }

  /// Bytes of a row of an image of some size, `[T, H, W]`.
  static func rowBytes(size: [Int], pixel: Int, asLanes: Bool) -> Int {
    (asLanes ? (size[0] + 3) / 4 * 4 : size[0]) * size[2] * pixel
  }

  /// How many blocks of 16 channels there are, for threads to share.
  public var vectorCount: Int { pixel / 16 }

  /// The channels of a pixel, and the sums of the outputs that are added up.
  public var pixel: Int { ISA.quantizedPixel(channels) }

  private var elementBytes: Int {
    if case .words = output { return 2 }
    return 1
  }

  /// Channels whose taps lie side by side, vectors of taps at each step along H and W, and bytes of a tap.
  private var packing: (channels: Int, vectors: Int, lanes: Int, tapBytes: Int) {
    let kernels = isa.int8
    guard takesLanes else { return (16, window.kernel[0], 1, 1) }
    return (Int(kernels.lanes_channels), 4 + window.kernel[0] / 2 * 2, 4, Int(kernels.lanes_weight_bytes))
  }

  private var groupBytes: Int {
    let packing = packing
    let taps = window.kernel[1] * window.kernel[2] * packing.vectors * packing.lanes
    return packing.channels * (8 + taps * packing.tapBytes)
  }

  /// Bytes of packed weights, biases and factors.
  public var packedBytes: Int { pixel / packing.channels * groupBytes }

  private func factor(_ weightScale: Float) -> Float {
    switch output {
    case .bytes(let result): result.factor(input.scale, weightScale: weightScale)
    case .words(let scale): input.scale * weightScale / scale
    }
  }

  /// Lays out weights `[channels, window…]` for the kernel.
  public func pack(_ weights: QuantizedWeights, into packed: UnsafeMutableRawPointer) {
    packed.initializeMemory(as: UInt8.self, repeating: 0, count: packedBytes)
    let packing = packing
    let (height, width) = (window.kernel[1], window.kernel[2])
    let taps = window.kernel.reduce(1, *)
    let zero = Int32(input.storedZero) - (takesLanes ? isa.int8.lanes_offset : 0)
    for channel in 0..<channels {
      let group = packed + channel / packing.channels * groupBytes
      let lane = channel % packing.channels
      let values = weights.values + channel * taps
      var sum: Int32 = 0
      for tap in 0..<taps { sum &+= Int32(values[tap]) }
      group.storeBytes(of: (weights.bias?[channel] ?? 0) &- zero &* sum, toByteOffset: 4 * lane, as: Int32.self)
      group.storeBytes(
        of: factor(weights.scales[channel]), toByteOffset: 4 * (packing.channels + lane), as: Float.self)
      let start = group + 8 * packing.channels
      for step in 0..<height * width {
        for vector in 0..<packing.vectors {
          for frame in 0..<packing.lanes {
            let tap = takesLanes ? lanesTap(vector: vector, frame: frame) : vector
            guard (0..<window.kernel[0]).contains(tap) else { continue }
            let value = values[tap * height * width + step]
            if takesLanes {
              let index = ((step * packing.vectors + vector) * packing.channels + lane) * 4 + frame
              if packing.tapBytes == 1 {
                start.storeBytes(of: value, toByteOffset: index, as: Int8.self)
              } else {
                start.storeBytes(of: Int16(value), toByteOffset: 2 * index, as: Int16.self)
              }
            } else {
              start.storeBytes(of: value, toByteOffset: (tap * height * width + step) * 16 + lane, as: Int8.self)
            }
          }
        }
      }
    }
  }

  /// Which tap multiplies a frame in a vector of taps; outside of the window if none does.
  ///
  /// Vectors 0...3 are for the four output frames and the group of input frames that they lie in; then come those for the
  /// first output frames and the group before, then those for the last ones and the group after.
  private func lanesTap(vector: Int, frame: Int) -> Int {
    let reach = window.kernel[0] / 2
    if vector < 4 { return frame - vector + reach }
    if vector < 4 + reach { return frame - 4 - (vector - 4) + reach }
    return frame + 4 - (vector - 2 * reach) + reach
  }

  /// Computes a range of the output's rows, in a range of its blocks of channels.
  ///
  /// - Parameters:
  ///   - packed: what ``pack(_:into:)`` made.
  ///   - input: the image, or a ring of its rows.
  ///   - inputRows: where the input's rows lie, in bytes; nil for the whole image.
  ///   - output: the image, or a ring of its rows.
  ///   - outputRows: where the output's rows lie, in bytes; nil for the whole image.
  ///   - pool: ``pixel`` numbers, to which the int16 outputs of each channel are added.
  ///   - rows: of the output.
  ///   - vectors: the part of the channels to compute; nil for all.
  public func run(
    packed: UnsafeRawPointer, input: UnsafePointer<UInt8>, inputRows: ImageRows? = nil,
    output: UnsafeMutableRawPointer, outputRows: ImageRows? = nil, pool: UnsafeMutablePointer<Int64>? = nil,
    rows: Range<Int>, vectors: Range<Int>? = nil
  ) {
    let inputRows = inputRows ?? ImageRows(count: max(inputSize[1], 1), stride: inputRowBytes)
    let outputRows = outputRows ?? ImageRows(count: max(outputSize[1], 1), stride: outputRowBytes)
    let vectors = vectors ?? 0..<vectorCount
    var task = s8_depthwise_rows(
      x: input, y: output, packed: packed, pool: pool, x_row_stride: inputRows.stride, x_ring_rows: inputRows.count,
      y_row_stride: outputRows.stride, y_ring_rows: outputRows.count, vectors: vectorCount, x_size: triple(inputSize),
      y_size: triple(outputSize), kernel: triple(window.kernel), stride: triple(window.stride),
      padding: triple(window.paddingBefore), dilation: triple(window.dilation), first_row: rows.lowerBound,
      end_row: rows.upperBound, first_vector: vectors.lowerBound, end_vector: vectors.upperBound,
      zero: Int32(self.input.storedZero), target: Int32(va_s8_words), result: s8_requantization())
    if case .bytes(let result) = self.output {
      task.target = Int32(va_s8_bytes)
      task.result = result.task
    }
    let kernels = isa.int8
    switch (takesLanes, window.kernel[0]) {
    case (true, 1): kernels.lanes_k1(&task)
    case (true, 3): kernels.lanes_k3(&task)
    case (true, _): kernels.lanes_k5(&task)
    case (false, _): kernels.depthwise(&task)
    }
  }
}
