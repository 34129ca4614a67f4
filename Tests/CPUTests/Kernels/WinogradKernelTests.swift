import CPU
import IR
import KernelTestSupport
import Tensors
import Testing

/// Convolutions by Winograd's algorithm: what the reference gives, within the stated errors.
struct WinogradKernelTests {
  static let windows: [Window] = [
    Window(kernel: [1, 3, 3], padding: [0, 1, 1]), Window(kernel: [3, 3, 3], padding: [1, 1, 1]),
    Window(kernel: [3, 3, 3]), Window(kernel: [1, 3, 3], padding: [0, 2, 2]),
    Window(kernel: [3, 3, 3], stride: [2, 1, 1], padding: [2, 1, 1], dilation: [2, 1, 1]),
    Window(
      kernel: [2, 3, 3], stride: [1, 1, 1], paddingBefore: [1, 0, 2], paddingAfter: [0, 1, 0], dilation: [1, 1, 1]),
  ]
  static let cases: [ConvolutionCase] =
    windows.flatMap { window in
      [[1, 5, 5], [2, 1, 7], [3, 7, 1], [4, 6, 9], [5, 2, 2], [13, 8, 8], [2, 3, 30], [1, 17, 61]].map { size in
        ConvolutionCase(inputs: 5, outputs: 18, size: size, window: window, residual: true)
      }
    }
    + [1, 3, 8, 15, 16, 17, 33].flatMap { inputs in
      [1, 7, 16, 33, 100].map { outputs in
        ConvolutionCase(inputs: inputs, outputs: outputs, size: [2, 5, 6], window: windows[1], activation: .swish)
      }
    } + [
      ConvolutionCase(inputs: 20, outputs: 20, size: [1, 9, 40], window: Window(kernel: [3, 3], padding: [1, 1])),
      ConvolutionCase(inputs: 4, outputs: 4, size: [70, 9, 13], window: windows[1], activation: nil, residual: true),
      ConvolutionCase(inputs: 200, outputs: 40, size: [3, 14, 14], window: windows[1], activation: nil),
      // A window that fits nowhere: no outputs.
      ConvolutionCase(inputs: 3, outputs: 5, size: [1, 2, 2], window: Window(kernel: [1, 3, 3])),
    ]

  @Test(arguments: KernelSet.all, [2, 4])
  func agreesWithTheReference(kernels: KernelSet, tile: Int) throws {
    for (index, layer) in Self.cases.enumerated() {
      let run = ConvolutionRun(layer, kernels, seed: UInt64(index))
      let kernel = try #require(
        WinogradKernel(
          kernels: kernels, inputs: layer.inputs, outputs: layer.outputs, window: layer.window, inputSize: layer.size,
          activation: layer.activation, tile: tile))
      #expect(kernel.outputSize == run.outputSize)
      let packed = GuardedBuffer(byteCount: kernel.packedBytes)
      kernel.pack(weight: run.weight, bias: run.bias, into: packed.pointer)
      let input = pixels(rows(planes: run.clip), channels: layer.inputs, kernels)
      let residual = pixels(run.residual, channels: layer.outputs, kernels)
      let output = GuardedBuffer(count: residual.count, kernels.format)
      let scratch = GuardedBuffer(byteCount: kernel.scratchBytes)
      // Rows in two ranges, the later one first, and an empty one.
      let height = run.outputSize[1]
      let row = run.outputSize[0] * run.outputSize[2] * kernels.padded(layer.outputs) * kernels.elementSize
      for range in [height / 3..<height, 0..<height / 3, 0..<0] {
        kernel.run(
          packed: packed.reader, input: input.reader,
          residual: layer.residual ? residual.reader + range.lowerBound * row : nil,
          output: output.pointer + range.lowerBound * row, rows: range, scratch: scratch.pointer)
      }
      let error = relativeError(rows(output, channels: layer.outputs, kernels), run.expected)
      #expect(error <= Self.tolerance(kernels, tile: tile), "\(layer.testDescription) on \(kernels.testDescription)")
      #expect(
        areIntact(packed, input, residual, output, scratch), "\(layer.testDescription) on \(kernels.testDescription)")
    }
  }

  /// What sums by way of the transforms may differ by from those of the reference.
  static func tolerance(_ kernels: KernelSet, tile: Int) -> Double { kernels.tolerance * (tile == 2 ? 2 : 10) }

  @Test func refusesOtherWindows() {
    let windows = [
      Window(kernel: [1, 3, 1]), Window(kernel: [1, 5, 5]), Window(kernel: [1, 3, 3], stride: [1, 1, 2]),
      Window(kernel: [3, 3, 3], dilation: [1, 2, 1]),
    ]
    for window in windows {
      #expect(
        WinogradKernel(
          kernels: KernelSet(.scalar), inputs: 3, outputs: 8, window: window, inputSize: [4, 9, 9], tile: 2) == nil)
    }
  }

  @Test func nameLeadsToTheSource() throws {
    let kernel = WinogradKernel(
      kernels: KernelSet(.scalar), inputs: 3, outputs: 4, window: Self.windows[0], inputSize: [1, 8, 8], tile: 4)
    #expect(try #require(kernel).name == "f32_winograd_t4n2_scalar")
  }
}
