import CPU
import IR

/// A convolution of a network.
private struct Layer {
  var name: String
  var inputs: Int
  var outputs: Int
  var groups = 1
  var kernel: [Int]
  var stride = [1, 1, 1]
  var dilation = [1, 1, 1]
  /// `[T, H, W]`.
  var size: [Int]

  /// Half the kernel, so that a stride of 1 keeps the size.
  var window: Window {
    let padding = zip(kernel, dilation).map { ($0 - 1) * $1 / 2 }
    return Window(kernel: kernel, stride: stride, paddingBefore: padding, paddingAfter: padding, dilation: dilation)
  }

  /// Multiply-adds; taps in the padding are not work.
  var multiplyAdds: Int {
    let taps = (0..<3).map { axis in
      (0..<window.outputLength(size[axis], axis: axis)).reduce(0) { sum, output in
        let places = (0..<kernel[axis]).map {
          output * stride[axis] + $0 * dilation[axis] - window.paddingBefore[axis]
        }
        return sum + places.filter { (0..<size[axis]).contains($0) }.count
      }
    }
    return taps.reduce(inputs / groups * outputs, *)
  }

  /// One of each kind in each network: ResNets of 18 layers (Tran et al. 2018), SlowFast (Feichtenhofer et al. 2019), CSN
  /// (Tran et al. 2019), MoViNet-A0 (Kondratyuk et al. 2021), TransNetV2 (Souček and Lokoč 2020), ResNeXt.
  static let all: [Layer] = [
    Layer(name: "r3d stem", inputs: 3, outputs: 64, kernel: [3, 7, 7], stride: [1, 2, 2], size: [16, 112, 112]),
    Layer(name: "r3d layer1", inputs: 64, outputs: 64, kernel: [3, 3, 3], size: [16, 56, 56]),
    Layer(name: "r3d layer2.0", inputs: 64, outputs: 128, kernel: [3, 3, 3], stride: [2, 2, 2], size: [16, 56, 56]),
    Layer(name: "r3d layer2", inputs: 128, outputs: 128, kernel: [3, 3, 3], size: [8, 28, 28]),
    Layer(name: "r3d layer3", inputs: 256, outputs: 256, kernel: [3, 3, 3], size: [4, 14, 14]),
    Layer(name: "r3d layer4", inputs: 512, outputs: 512, kernel: [3, 3, 3], size: [2, 7, 7]),
    Layer(name: "r2plus1d stem", inputs: 3, outputs: 45, kernel: [1, 7, 7], stride: [1, 2, 2], size: [16, 112, 112]),
    Layer(name: "r2plus1d layer1 space", inputs: 64, outputs: 144, kernel: [1, 3, 3], size: [16, 56, 56]),
    Layer(name: "r2plus1d layer1 time", inputs: 144, outputs: 64, kernel: [3, 1, 1], size: [16, 56, 56]),
    Layer(name: "r2plus1d layer3 time", inputs: 576, outputs: 256, kernel: [3, 1, 1], size: [4, 14, 14]),
    Layer(name: "slow res2", inputs: 64, outputs: 64, kernel: [1, 3, 3], size: [8, 56, 56]),
    Layer(name: "slow res3.0", inputs: 128, outputs: 128, kernel: [1, 3, 3], stride: [1, 2, 2], size: [8, 56, 56]),
    Layer(name: "slow res4", inputs: 256, outputs: 256, kernel: [1, 3, 3], size: [8, 14, 14]),
    Layer(name: "slow res4 time", inputs: 1024, outputs: 256, kernel: [3, 1, 1], size: [8, 14, 14]),
    Layer(name: "slow res5", inputs: 512, outputs: 512, kernel: [1, 3, 3], size: [8, 7, 7]),
    Layer(name: "i3d stem", inputs: 3, outputs: 64, kernel: [5, 7, 7], stride: [1, 2, 2], size: [8, 224, 224]),
    Layer(name: "fast stem", inputs: 3, outputs: 8, kernel: [5, 7, 7], stride: [1, 2, 2], size: [32, 224, 224]),
    Layer(name: "fast res2", inputs: 8, outputs: 8, kernel: [1, 3, 3], size: [32, 56, 56]),
    Layer(name: "fast res3 time", inputs: 64, outputs: 16, kernel: [3, 1, 1], size: [32, 28, 28]),
    Layer(name: "fast to slow", inputs: 32, outputs: 64, kernel: [7, 1, 1], stride: [4, 1, 1], size: [32, 56, 56]),
    Layer(name: "csn res2", inputs: 64, outputs: 64, groups: 64, kernel: [3, 3, 3], size: [32, 56, 56]),
    Layer(
      name: "csn res3.0", inputs: 128, outputs: 128, groups: 128, kernel: [3, 3, 3], stride: [2, 2, 2],
      size: [32, 56, 56]),
    Layer(name: "csn res4", inputs: 256, outputs: 256, groups: 256, kernel: [3, 3, 3], size: [8, 14, 14]),
    Layer(
      name: "movinet 1×5×5", inputs: 40, outputs: 40, groups: 40, kernel: [1, 5, 5], stride: [1, 2, 2],
      size: [50, 86, 86]),
    Layer(
      name: "movinet 5×3×3", inputs: 80, outputs: 80, groups: 80, kernel: [5, 3, 3], stride: [1, 2, 2],
      size: [50, 43, 43]),
    Layer(name: "transnet space", inputs: 64, outputs: 32, kernel: [1, 3, 3], size: [100, 27, 48]),
    Layer(
      name: "transnet time", inputs: 32, outputs: 16, kernel: [3, 1, 1], dilation: [8, 1, 1], size: [100, 27, 48]),
    Layer(name: "resnext", inputs: 128, outputs: 128, groups: 32, kernel: [1, 3, 3], size: [8, 56, 56]),
  ]
}

/// Rows of dense, grouped and depthwise convolutions: each kernel that takes a layer, whichever a plan would choose.
func convolutionRows(kernels: KernelSet) -> [BenchmarkRow] {
  let memory = SharedMemory(kernels)
  return Layer.all.flatMap { layer -> [BenchmarkRow] in
    if layer.groups == layer.inputs { return [row(layer, depthwise: kernels, memory)] }
    if layer.inputs <= 4 { return [row(layer, stem: kernels, memory)].compactMap { $0 } }
    let direct = ConvolutionKernel(
      kernels: kernels, inputs: layer.inputs, outputs: layer.outputs, groups: layer.groups, window: layer.window,
      inputSize: layer.size)
    let winograd = (kernels.format == .float32 ? [2, 4] : [2]).compactMap { tile in
      layer.groups > 1
        ? nil
        : WinogradKernel(
          kernels: kernels, inputs: layer.inputs, outputs: layer.outputs, window: layer.window, inputSize: layer.size,
          tile: tile)
    }
    return [row(layer, direct, kernels, memory)] + winograd.map { row(layer, $0, kernels, memory) }
  }
}

/// What the kernels of convolutions have in common.
private protocol TimedConvolution {
  var name: String { get }
  var packedBytes: Int { get }
  var scratchBytes: Int { get }
  var outputSize: [Int] { get }
  func run(
    packed: UnsafeRawPointer, input: UnsafeRawPointer, residual: UnsafeRawPointer?, output: UnsafeMutableRawPointer,
    rows: Range<Int>, scratch: UnsafeMutableRawPointer)
}

extension ConvolutionKernel: TimedConvolution {}
extension WinogradKernel: TimedConvolution {}

private func row(
  _ layer: Layer, _ kernel: some TimedConvolution, _ kernels: KernelSet, _ memory: SharedMemory
) -> BenchmarkRow {
  let (inputPixel, outputPixel) = (kernels.padded(layer.inputs), kernels.padded(layer.outputs))
  let packed = memory.bytes("packed \(layer.name) \(kernel.name)", kernel.packedBytes)
  let input = memory.elements("input", layer.size.reduce(1, *) * inputPixel)
  let output = memory.elements("output", kernel.outputSize.reduce(1, *) * outputPixel)
  let scratch = memory.bytes("scratch", kernel.scratchBytes)
  return row(layer, kernel.name, kernels, outputs: kernel.outputSize) {
    kernel.run(
      packed: packed, input: input, residual: nil, output: output, rows: 0..<kernel.outputSize[1], scratch: scratch)
  }
}

private func row(_ layer: Layer, stem kernels: KernelSet, _ memory: SharedMemory) -> BenchmarkRow? {
  let kernel = StemKernel(
    kernels: kernels, inputs: layer.inputs, outputs: layer.outputs, window: layer.window, inputSize: layer.size)
  return kernel.map { kernel in
    let packed = memory.bytes("packed \(layer.name)", kernel.packedBytes)
    let clip = memory.floats("clip", layer.inputs * layer.size.reduce(1, *))
    let output = memory.elements("output", kernel.outputSize.reduce(1, *) * kernels.padded(layer.outputs))
    let scratch = memory.bytes("scratch", kernel.scratchBytes)
    return row(layer, kernel.name, kernels, outputs: kernel.outputSize) {
      kernel.run(packed: packed, clip: clip, output: output, rows: 0..<kernel.outputSize[1], scratch: scratch)
    }
  }
}

private func row(_ layer: Layer, depthwise kernels: KernelSet, _ memory: SharedMemory) -> BenchmarkRow {
  let kernel = DepthwiseKernel(
    kernels: kernels, channels: layer.inputs, window: layer.window, inputSize: layer.size)
  let packed = memory.bytes("packed \(layer.name)", kernel.packedBytes)
  let input = memory.elements("input", layer.size.reduce(1, *) * kernel.pixelCount)
  let output = memory.elements("output", kernel.outputSize.reduce(1, *) * kernel.pixelCount)
  return row(layer, kernel.name, kernels, outputs: kernel.outputSize) {
    kernel.run(packed: packed, input: input, output: output, rows: 0..<kernel.outputSize[1])
  }
}

private func row(
  _ layer: Layer, _ kernel: String, _ kernels: KernelSet, outputs: [Int], _ run: @escaping () -> Void
) -> BenchmarkRow {
  let weights = layer.outputs * layer.inputs / layer.groups * layer.kernel.reduce(1, *)
  let values = layer.size.reduce(layer.inputs, *) + outputs.reduce(layer.outputs, *)
  return BenchmarkRow(
    kernel: kernel, layer: "\(layer.name) \(layer.inputs)→\(layer.outputs)", operations: 2 * Double(layer.multiplyAdds),
    bytes: Double((weights + values) * kernels.elementSize), run: run)
}
