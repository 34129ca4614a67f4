import CKernels
import IR

/// A dense convolution whose window is 3×3 along H and W, without strides there, by fewer multiplications: Winograd's
/// F(2×2, 3×3) or F(4×4, 3×3) (Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks", section 4.1).
///
/// Tiles of 2×2 or 4×4 outputs take 4 or 2.25 multiplications per output, channel and frame instead of 9; along T the window
/// is summed up directly, with any stride and dilation. In float32, sums by tiles of 2×2 are as exact as direct ones, and
/// those by tiles of 4×4 have four times their error: 5e-6 (root mean square, relative) with 576 input channels. A NaN or an
/// infinity in the input reaches all outputs of its tiles. Images are `[H, T, W, pixel]`.
public struct WinogradKernel: Sendable {
  /// The width of a tile, 2 or 4.
  private let tile: Int
  private let panels: ConvolutionPanels
  private let window: Window
  private let inputSize: [Int]
  private let activation: Int32
  /// The tiles in a row.
  private let columns: Int
  /// The frames and the rows of tiles that are computed together.
  private let blockFrames: Int
  private let blockRows: Int
  /// The output's size, `[T, H, W]`.
  public let outputSize: [Int]

  /// Prepares the kernel for a layer, or returns nil if the window is not of this kind.
  ///
  /// - Parameters:
  ///   - kernels: The instruction set and format to compute with.
  ///   - inputs: The number of input channels.
  ///   - outputs: The number of output channels.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`; T is 1 for a window over `[H, W]`.
  ///   - activation: The function that is applied to the sums; nil for none.
  ///   - tile: The width of a tile of outputs, 2 or 4.
  public init?(
    kernels: KernelSet, inputs: Int, outputs: Int, window: Window, inputSize: [Int],
    activation: ActivationFunction? = nil, tile: Int
  ) {
    let window = window.threeDimensional
    guard Self.takes(window), tile == 2 || tile == 4 else { return nil }
    self.tile = tile
    self.window = window
    self.inputSize = inputSize
    self.activation = activation.code
    let outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
    self.outputSize = outputSize
    columns = (outputSize[2] + tile - 1) / tile
    let rows = (outputSize[1] + tile - 1) / tile
    blockFrames = max(1, min(outputSize[0], Self.blockTiles / max(columns, 1)))
    let wanted = max(1, Self.blockTiles / max(blockFrames * columns, 1))
    // Blocks of equal height, so that no low one is left at the end.
    let blocks = max(1, (rows + wanted - 1) / wanted)
    blockRows = max(1, (rows + blocks - 1) / blocks)
    panels = ConvolutionPanels(
      kernels: kernels, inputs: inputs, outputs: outputs, taps: window.kernel[0], rowWidth: blockRows * columns)
  }

  /// Returns whether a window over `[T, H, W]` is of this kind.
  static func takes(_ window: Window) -> Bool {
    [1, 2].allSatisfy { window.kernel[$0] == 3 && window.stride[$0] == 1 && window.dilation[$0] == 1 }
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("winograd_t\(tile)n\(panels.widest)") }

  private var kernels: KernelSet { panels.kernels }
  private var positions: Int { (tile + 2) * (tile + 2) }
  private var inputPixel: Int { kernels.padded(panels.inputs) }
  private var outputPixel: Int { kernels.padded(panels.outputs) }

  /// The number of rows that are computed together; fewer take as long.
  var rowBlock: Int { tile }

  /// The size of the packed weights and biases in bytes.
  public var packedBytes: Int { positions * panels.packedBytes }

  /// The size in bytes of the scratch memory that each thread needs.
  public var scratchBytes: Int {
    positions * (inputPosition + outputPosition) * kernels.elementSize + panels.scratchBytes
  }

  /// The most tiles in a block: enough that reading the weights is little work.
  private static var blockTiles: Int { 56 }

  /// The number of input frames that a block needs.
  private var blockInputFrames: Int { min(inputSize[0], (blockFrames - 1) * window.stride[0] + window.span(0)) }

  /// The distance in elements from one position of the transformed inputs, or of the sums, to the next. Positions lie an odd
  /// number of cache lines apart, so that they do not share places in a cache.
  private var inputPosition: Int { oddLines(blockInputFrames * blockRows * columns * inputPixel) }
  private var outputPosition: Int { oddLines(blockFrames * blockRows * columns * outputPixel) }

  private func oddLines(_ elements: Int) -> Int {
    let line = 64 / kernels.elementSize
    return ((elements + line - 1) / line | 1) * line
  }

  /// Packs weights `[outputs, inputs, window…]` and biases `[outputs]`.
  public func pack(
    weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?, into packed: UnsafeMutableRawPointer
  ) {
    let (size, frames) = (tile + 2, window.kernel[0])
    let transform = WinogradTransform(tile: tile)
    for panel in panels.panels {
      let first = panel.outputs.lowerBound
      let count = (min(panel.outputs.upperBound, panels.outputs) - first) * panels.inputs * frames
      let transformed = [Float](unsafeUninitializedCapacity: positions * count) { values, initialized in
        for index in 0..<count {
          let window = weight + (first * panels.inputs * frames + index) * 9
          transform(window) { position, value in values[position * count + index] = value }
        }
        initialized = positions * count
      }
      for position in 0..<positions {
        // What position (1, 1) adds to its sums is added to all outputs of a tile.
        transformed.withUnsafeBufferPointer { values in
          guard let start = values.baseAddress else { return }
          panels.pack(
            panel, weight: start + position * count, bias: position == size + 1 ? bias.map { $0 + first } : nil,
            into: packed + position * panels.packedBytes + panel.offset)
        }
      }
    }
  }

  /// Computes a range of the output's rows.
  ///
  /// - Parameters:
  ///   - packed: The result of ``pack(weight:bias:into:)``.
  ///   - input: The whole input image.
  ///   - residual: Rows like the output's, added before the activation; may be the output's memory.
  ///   - output: The memory for the first of the rows.
  ///   - rows: The rows of the output to compute.
  ///   - scratch: ``scratchBytes`` bytes that no other thread uses.
  public func run(
    packed: UnsafeRawPointer, input: UnsafeRawPointer, residual: UnsafeRawPointer? = nil,
    output: UnsafeMutableRawPointer, rows: Range<Int>, scratch: UnsafeMutableRawPointer
  ) {
    let height = blockRows * tile
    for firstRow in stride(from: rows.lowerBound, to: rows.upperBound, by: height) {
      for firstFrame in stride(from: 0, to: outputSize[0], by: blockFrames) {
        let block = Block(
          rows: firstRow..<min(firstRow + height, rows.upperBound),
          frames: firstFrame..<min(firstFrame + blockFrames, outputSize[0]))
        let inputFrames = transformInputs(input, block, into: scratch)
        let sums = scratch + positions * inputPosition * kernels.elementSize
        multiply(packed, scratch, inputFrames, block, into: sums)
        let first = (firstRow - rows.lowerBound) * outputRow * kernels.elementSize
        transformSums(sums, block, residual: residual.map { $0 + first }, into: output + first)
      }
    }
  }

  /// Some rows and frames of the output.
  private struct Block {
    let rows: Range<Int>
    let frames: Range<Int>
  }

  private var outputRow: Int { outputSize[0] * outputSize[2] * outputPixel }

  private func tileRows(_ block: Block) -> Int { (block.rows.count + tile - 1) / tile }

  /// Transforms the inputs of a block to `[positions][frame][row of tiles][tile][channel]`, and returns the frames.
  private func transformInputs(
    _ input: UnsafeRawPointer, _ block: Block, into tiles: UnsafeMutableRawPointer
  ) -> Range<Int> {
    let first = block.frames.lowerBound * window.stride[0] - window.paddingBefore[0]
    let end = (block.frames.upperBound - 1) * window.stride[0] - window.paddingBefore[0] + window.span(0)
    let frames = min(max(first, 0), inputSize[0])..<max(min(end, inputSize[0]), min(max(first, 0), inputSize[0]))
    let rows = tileRows(block)
    for frame in frames {
      for row in 0..<rows {
        let place = ((frame - frames.lowerBound) * rows + row) * columns * inputPixel
        var task = va_winograd_inputs(
          x: input + frame * inputSize[2] * inputPixel * kernels.elementSize,
          x_row: inputSize[0] * inputSize[2] * inputPixel, vectors: inputPixel / kernels.width, height: inputSize[1],
          width: inputSize[2], row: block.rows.lowerBound + row * tile - window.paddingBefore[1],
          column: -window.paddingBefore[2], count: columns, tiles: tiles + place * kernels.elementSize,
          position: inputPosition)
        if tile == 2 {
          kernels.table.pointee.winograd_inputs_2(&task)
        } else {
          kernels.table.pointee.winograd_inputs_4(&task)
        }
      }
    }
    return frames
  }

  /// Multiplies the tiles with the weights, position by position: a convolution along T.
  private func multiply(
    _ packed: UnsafeRawPointer, _ tiles: UnsafeMutableRawPointer, _ inputFrames: Range<Int>, _ block: Block,
    into sums: UnsafeMutableRawPointer
  ) {
    let width = tileRows(block) * columns
    let scratch = tiles + positions * (inputPosition + outputPosition) * kernels.elementSize
    for position in 0..<positions {
      let x = UnsafeRawPointer(tiles + position * inputPosition * kernels.elementSize)
      let y = sums + position * outputPosition * kernels.elementSize
      for panel in panels.panels {
        var task = va_convolution_row(
          x: x, pixel: inputPixel, depth: panels.inputs, readable: inputPixel,
          panel: packed + position * panels.packedBytes + panel.offset, vectors: panel.outputs.count / kernels.width,
          residual: nil, y: y + panel.outputs.lowerBound * kernels.elementSize, y_stride: outputPixel,
          input_size: (inputFrames.count, 1, width), output_width: width, kernel: (window.kernel[0], 1, 1),
          stride: (window.stride[0], 1, 1), padding: (window.paddingBefore[0] + inputFrames.lowerBound, 0, 0),
          dilation: (window.dilation[0], 1, 1), row: 0, first_frame: block.frames.lowerBound,
          end_frame: block.frames.upperBound, activation: 0, prefetch_results: false, scratch: scratch)
        kernels.table.pointee.convolution(&task)
      }
    }
  }

  /// Transforms the sums of a block to outputs.
  private func transformSums(
    _ sums: UnsafeMutableRawPointer, _ block: Block, residual: UnsafeRawPointer?, into output: UnsafeMutableRawPointer
  ) {
    let rows = tileRows(block)
    for frame in block.frames {
      for row in 0..<rows {
        let place = ((frame - block.frames.lowerBound) * rows + row) * columns * outputPixel
        let first = (row * tile * outputRow + frame * outputSize[2] * outputPixel) * kernels.elementSize
        var task = va_winograd_outputs(
          tiles: sums + place * kernels.elementSize, position: outputPosition, count: columns,
          vectors: outputPixel / kernels.width, residual: residual.map { $0 + first }, y: output + first,
          y_row: outputRow, height: block.rows.count - row * tile, width: outputSize[2], activation: activation)
        if tile == 2 {
          kernels.table.pointee.winograd_outputs_2(&task)
        } else {
          kernels.table.pointee.winograd_outputs_4(&task)
        }
      }
    }
  }
}
