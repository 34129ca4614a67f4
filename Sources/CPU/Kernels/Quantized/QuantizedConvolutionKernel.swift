import CKernels
import IR

/// A convolution of bytes, of any window and number of groups, prepared for one layer and input size.
///
/// It is a matrix product whose sums run over the rows of inputs under a window (`QuantizedWindowRows`), so that no window is
/// copied. Output rows and frames are computed in blocks whose inputs stay in a near cache while all weights pass by. The
/// input is an image `[H, T, W, pixel]`, or a clip's float32 planes `[C, T, H, W]`; the output an image, or
/// frame-interleaved for ``QuantizedDepthwiseKernel``.
public struct QuantizedConvolutionKernel: Sendable {
  private let product: QuantizedProduct
  private let lines: QuantizedWindowRows
  private let groups: ChannelGroups
  private let input: QuantizationParameters
  private let result: QuantizedResult
  private let residual: QuantizationParameters?
  private let readsPlanes: Bool
  private let toInterleaved: Bool

  /// Prepares the kernel for a layer, or returns nil for an activation that ``/IR/QuantizedResult`` does not support.
  ///
  /// - Parameters:
  ///   - isa: The instruction set to compute with.
  ///   - inputs: The number of input channels, all groups together.
  ///   - outputs: The number of output channels, all groups together.
  ///   - groups: The number of groups that the channels are split into.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`; T is 1 for a window over `[H, W]`.
  ///   - input: The quantization of the input; that which planes are converted to.
  ///   - output: The quantization of the output.
  ///   - activation: The function that is applied to the sums; nil for none.
  ///   - residual: The quantization of what is added before the activation; nil if nothing is.
  ///   - readsPlanes: Whether the input is float32 planes, of up to four channels in one group.
  ///   - toInterleaved: Whether the output is frame-interleaved; without residual.
  public init?(
    isa: ISA, inputs: Int, outputs: Int, groups: Int = 1, window: Window, inputSize: [Int],
    input: QuantizationParameters, output: QuantizationParameters, activation: ActivationFunction? = nil,
    residual: QuantizationParameters? = nil, readsPlanes: Bool = false, toInterleaved: Bool = false
  ) {
    guard let result = QuantizedResult(output, activation: activation) else { return nil }
    let step = Int(isa.int8.gemm_step)
    lines = QuantizedWindowRows(
      isa: isa, channels: inputs, window: window.threeDimensional, inputSize: inputSize, input: input,
      readsPlanes: readsPlanes, splitsColumns: groups > 1)
    let channelGroups = ChannelGroups(count: groups, inputs: inputs, outputs: outputs)
    product = QuantizedProduct(
      isa: isa, rows: lines.count, depth: groups == 1 ? lines.depth : channelGroups.depth(step: step),
      outputs: outputs, narrow: channelGroups.outputsEach % 32 != 0 && groups > 1, skipsRows: true)
    self.groups = channelGroups
    self.input = input
    self.result = result
    self.residual = residual
    self.readsPlanes = readsPlanes
    self.toInterleaved = toInterleaved
  }

  /// The output's size, `[T, H, W]`.
  public var outputSize: [Int] { lines.outputSize }

  /// The kernel's name in a profile.
  public var name: String {
    product.isa.quantizedName("\(readsPlanes ? "stem" : "convolution")_n\(product.widest)")
  }

  /// The size of the packed weights, biases and factors in bytes.
  public var packedBytes: Int { product.packedBytes }

  /// The size in bytes of the scratch memory that each thread needs.
  public var scratchBytes: Int { lines.scratchBytes(framesAtOnce: framesAtOnce) }

  /// The number of panels of output channels, which threads may share.
  public var panelCount: Int { product.count }

  /// The number of frames that a product computes side by side.
  private var framesAtOnce: Int { toInterleaved ? product.isa.interleavedFrames : 1 }

  private var outputPixel: Int { ISA.quantizedPixel(product.outputs) }

  /// The first input channel of a panel's products.
  private func firstChannel(panel: Int) -> Int {
    guard groups.count > 1 else { return 0 }
    return groups.firstInput(
      outputs: product.blocks(panel: panel), depth: product.depth, pixel: lines.pixel)
  }

  /// Packs weights `[outputs, inputs / groups, window…]`.
  public func pack(_ weights: QuantizedWeights, into packed: UnsafeMutableRawPointer) {
    let taps = lines.window.kernel.reduce(1, *)
    let each = groups.inputsEach
    let firstChannels = (0..<product.count).flatMap { panel in
      product.blocks(panel: panel).map { _ in firstChannel(panel: panel) }
    }
    let places = (0..<product.rows).map { row in
      (0..<product.depth).map { lines.tap(row: row, input: $0) ?? (tap: 0, channel: .max / 2) }
    }
    withUnsafeTemporaryAllocation(of: Int8.self, capacity: product.depth) { line in
      guard let row = line.baseAddress else { return }
      product.pack(
        weights, zero: input.storedZero, into: packed,
        addend: residual.map { abs(result.factor($0.scale)) * 255 } ?? 0,
        factor: { result.factor(input.scale, weightScale: weights.scales[$0]) },
        row: { output, number in
          let values = weights.values + output * each * taps
          // The first input of the panel, counted from the first one of the output's group.
          let first = firstChannels[output / 16] - output / groups.outputsEach * each
          for (index, place) in places[number].enumerated() {
            let channel = first + place.channel
            row[index] = channel >= 0 && channel < each ? values[channel * taps + place.tap] : 0
          }
          return UnsafePointer(row)
        })
    }
  }

  /// Computes a range of the output's rows of one clip.
  ///
  /// - Parameters:
  ///   - packed: The result of ``pack(_:into:)``.
  ///   - input: The whole input: bytes, or float32 planes.
  ///   - residual: What is added before the activation, at the first of the rows; may be the output's memory.
  ///   - output: The memory for the first of the rows.
  ///   - rows: The rows of the output to compute.
  ///   - panels: The panels of output channels to compute; nil for all.
  ///   - scratch: ``scratchBytes`` bytes that no other thread uses.
  public func run(
    packed: UnsafeRawPointer, input: UnsafeRawPointer, residual: UnsafePointer<UInt8>? = nil,
    output: UnsafeMutableRawPointer, rows: Range<Int>, panels: Range<Int>? = nil, scratch: UnsafeMutableRawPointer
  ) {
    guard outputSize.allSatisfy({ $0 > 0 }) else { return }
    let block = lines.block(framesAtOnce: framesAtOnce)
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: block.rows) {
      let blockRows = first..<min(first + block.rows, rows.upperBound)
      for frame in stride(from: 0, to: outputSize[0], by: block.frames) {
        let frames = frame..<min(frame + block.frames, outputSize[0])
        let starts = lines.prepare(
          input, rows: blockRows, frames: frames, framesAtOnce: framesAtOnce, scratch: scratch)
        for panel in panels ?? 0..<product.count {
          multiply(
            packed: packed, starts: starts, rows: blockRows, frames: frames, from: rows.lowerBound, residual: residual,
            output: output, panel: panel)
        }
      }
    }
  }

  /// Multiplies a block's rows with one panel.
  private func multiply(
    packed: UnsafeRawPointer, starts: UnsafePointer<UnsafeRawPointer?>, rows: Range<Int>, frames: Range<Int>,
    from firstRow: Int, residual: UnsafePointer<UInt8>?, output: UnsafeMutableRawPointer, panel: Int
  ) {
    let (width, pixel) = (outputSize[2], outputPixel)
    // Frame-interleaved, a row has as many bytes for each frame of a group as for all of them.
    let laneFrames = toInterleaved ? product.isa.interleavedFrames : 1
    let groupBytes = width * pixel * (toInterleaved ? 4 : 1)
    let groupCount = (outputSize[0] + laneFrames - 1) / laneFrames
    var starts = starts
    var task = va_qu8_gemm_panel(
      starts: starts, skips_rows: true, is_narrow: false, x_first: firstChannel(panel: panel),
      x_stride: lines.columnStride, rows: 0,
      depth: 0,
      panel: packed, vectors: 0, channels: 0, residual: nil,
      residual_zero: Int32(self.residual?.storedZero ?? 0),
      residual_scale: self.residual.map { result.factor($0.scale) } ?? 0, y: output,
      y_stride: toInterleaved ? laneFrames * pixel : pixel, count: width, frames: 1,
      target: Int32(toInterleaved ? va_qu8_lanes : va_qu8_pixels), result: result.task)
    for h in rows {
      for t in stride(from: frames.lowerBound, to: frames.upperBound, by: laneFrames) {
        let present = min(laneFrames, frames.upperBound - t)
        let place = ((h - firstRow) * groupCount + t / laneFrames) * groupBytes
        task.starts = starts
        task.frames = Int32(present)
        task.y = output + place
        task.residual = residual.map { $0 + place }
        product.run(task, packed: packed, panels: panel..<panel + 1)
        starts += lines.count * (present > 1 ? laneFrames : 1)
      }
    }
  }
}

/// The groups that a convolution's channels are split into, and the input channels that blocks of outputs need.
private struct ChannelGroups {
  let count: Int
  let inputs: Int
  let outputs: Int

  var inputsEach: Int { inputs / count }
  var outputsEach: Int { max(outputs / count, 1) }

  /// Returns the range of the input channels of all groups that some blocks of 16 output channels belong to.
  private func inputs(of blocks: Range<Int>) -> Range<Int> {
    let last = min(blocks.upperBound * 16, outputs) - 1
    return blocks.lowerBound * 16 / outputsEach * inputsEach..<(last / outputsEach + 1) * inputsEach
  }

  /// Returns the most input channels that a panel needs, rounded up to whole steps.
  func depth(step: Int) -> Int {
    // A block needs no more than a wider panel that begins at a multiple of its own length.
    let width = outputsEach % 32 == 0 ? 2 : 1
    let blocks = (outputs + 15) / 16
    let most = stride(from: 0, to: blocks, by: width).map { inputs(of: $0..<min($0 + width, blocks)).count }.max() ?? 0
    return (most + step - 1) / step * step
  }

  /// Returns the first of `depth` input channels that contain those of some blocks, within the pixel if possible.
  func firstInput(outputs blocks: Range<Int>, depth: Int, pixel: Int) -> Int {
    max(0, min(inputs(of: blocks).lowerBound, pixel - depth))
  }
}
