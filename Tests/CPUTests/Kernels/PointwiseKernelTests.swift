import CPU
import IR
import KernelTestSupport
import Tensors
import Testing

/// A pointwise layer and how it is run.
struct PointwiseCase: CustomTestStringConvertible, Sendable {
  var inputs = 24
  var outputs = 54
  var count = 37
  var activation: ActivationFunction?
  var residual = false
  var prologue: PointwiseKernel.Prologue?
  var strideInPixels = 1

  var testDescription: String {
    "\(inputs)→\(outputs) ×\(count) \(activation.map(\.rawValue) ?? "linear")\(residual ? " + residual" : "") "
      + "step \(strideInPixels)" + (prologue.map { " after \($0)" } ?? "")
  }
}

struct PointwiseKernelTests {
  static let activations: [ActivationFunction?] = [nil] + ActivationFunction.allCases

  /// Every height of tile, and each number of vectors in a panel on each instruction set.
  static let heights: [PointwiseCase] = [8, 16, 24, 32, 48, 54].flatMap { outputs in
    (0...44).map { count in PointwiseCase(inputs: 5, outputs: outputs, count: count) }
  }
  // 1024 floats, or 2048 halves, are a page.
  static let channels: [PointwiseCase] = [1, 3, 4, 7, 8, 15, 16, 17, 31, 54, 108, 1024, 2048].flatMap { inputs in
    [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 49, 100].map { outputs in
      PointwiseCase(inputs: inputs, outputs: outputs, count: 19)
    }
  }
  static let epilogues: [PointwiseCase] = activations.flatMap { activation in
    [false, true].flatMap { residual in
      [8, 40, 54].map { outputs in
        PointwiseCase(outputs: outputs, activation: activation, residual: residual)
      }
    }
  }
  static let prologues: [PointwiseCase] = activations.flatMap { activation in
    [true, false].flatMap { scales in
      [1, 84, 85, 200].map { count in
        PointwiseCase(
          inputs: 27, outputs: 24, count: count, activation: .relu, residual: true,
          prologue: .init(scales: scales, activation: activation))
      }
    }
  }
  static let steps: [PointwiseCase] = [1, 2, 3].flatMap { step in
    [false, true].map { hasPrologue in
      PointwiseCase(
        count: 101, prologue: hasPrologue ? .init(scales: true, activation: .swish) : nil, strideInPixels: step)
    }
  }

  enum Sweep: CaseIterable {
    case heights, channels, epilogues, prologues, steps

    var cases: [PointwiseCase] {
      switch self {
      case .heights: PointwiseKernelTests.heights
      case .channels: PointwiseKernelTests.channels
      case .epilogues: PointwiseKernelTests.epilogues
      case .prologues: PointwiseKernelTests.prologues
      case .steps: PointwiseKernelTests.steps
      }
    }
  }

  @Test(arguments: KernelSet.all, Sweep.allCases)
  func agreesWithTheReference(kernels: KernelSet, sweep: Sweep) {
    for (index, layer) in sweep.cases.enumerated() {
      let run = PointwiseRun(layer, kernels: kernels, seed: UInt64(index))
      run.run(layer)
      let error = relativeError(rows(run.output, channels: layer.outputs, kernels), run.expected)
      #expect(error <= kernels.tolerance, "\(layer.testDescription) on \(kernels.testDescription)")
      #expect(run.isIntact, "\(layer.testDescription) on \(kernels.testDescription)")
    }
  }

  /// Every output is one chain of fused multiply-adds, bias first, whatever the tile.
  @Test(arguments: Sweep.allCases)
  func givesTheSameBitsOnEveryInstructionSet(sweep: Sweep) {
    for (index, layer) in sweep.cases.enumerated() {
      let results = KernelSet.float32.map { kernels in
        let run = PointwiseRun(layer, kernels: kernels, seed: UInt64(index))
        run.run(layer)
        return rows(run.output, channels: layer.outputs, kernels).map(\.bitPattern)
      }
      #expect(results.allSatisfy { $0 == results[0] }, "\(layer.testDescription)")
    }
  }

  @Test(arguments: KernelSet.all)
  func panelsCanBeComputedApart(kernels: KernelSet) {
    let layer = PointwiseCase(inputs: 30, outputs: 150, count: 20, activation: .relu)
    let run = PointwiseRun(layer, kernels: kernels, seed: 1)
    for panel in (0..<run.kernel.panelCount).reversed() {
      run.kernel.run(
        packed: run.packed.reader, input: run.input.reader, count: layer.count, output: run.output.pointer,
        scratch: run.scratch.pointer, panels: panel..<panel + 1)
    }
    #expect(relativeError(rows(run.output, channels: layer.outputs, kernels), run.expected) <= kernels.tolerance)
  }

  @Test(arguments: KernelSet.all)
  func residualMayBeTheOutput(kernels: KernelSet) {
    let layer = PointwiseCase(inputs: 30, outputs: 50, count: 100, residual: true)
    let run = PointwiseRun(layer, kernels: kernels, seed: 2)
    run.kernel.run(
      packed: run.packed.reader, input: run.input.reader, count: layer.count, residual: run.residual.reader,
      output: run.residual.pointer, scratch: run.scratch.pointer)
    #expect(relativeError(rows(run.residual, channels: layer.outputs, kernels), run.expected) <= kernels.tolerance)
  }

  @Test func nameLeadsToTheSource() {
    #expect(PointwiseKernel(kernels: KernelSet(.scalar), inputs: 3, outputs: 4).name == "f32_pointwise_n2_scalar")
    for kernels in KernelSet.all where kernels.format == .float16 {
      let name = PointwiseKernel(kernels: kernels, inputs: 3, outputs: 4, panelVectors: 1).name
      #expect(name == "f16_pointwise_n1_\(kernels.isa.rawValue)")
    }
  }
}

/// Buffers for a layer, and the scalar result.
private struct PointwiseRun {
  let kernel: PointwiseKernel
  let packed: GuardedBuffer
  let input: GuardedBuffer
  let inputStride: Int
  let scale: GuardedBuffer
  let residual: GuardedBuffer
  let output: GuardedBuffer
  let scratch: GuardedBuffer
  let expected: [Float]

  init(_ layer: PointwiseCase, kernels: KernelSet, seed: UInt64) {
    let (inputs, outputs, count) = (layer.inputs, layer.outputs, layer.count)
    kernel = PointwiseKernel(
      kernels: kernels, inputs: inputs, outputs: outputs, activation: layer.activation, prologue: layer.prologue)
    let weight = kernels.rounded(testValues(outputs * inputs, seed: 4 * seed))
    let bias = kernels.rounded(testValues(outputs, seed: 4 * seed + 1))
    packed = GuardedBuffer(byteCount: kernel.packedBytes)
    kernel.pack(weight: weight, bias: bias, into: packed.pointer)
    let x = kernels.rounded(testValues(count * inputs, seed: 4 * seed + 2).map { 3 * $0 })
    let skipped = layer.strideInPixels
    inputStride = skipped * kernels.padded(inputs)
    input = GuardedBuffer(count: count * inputStride, kernels.format)
    let compact = pixels(x, channels: inputs, kernels)
    for i in 0..<count {
      input.copy(kernels.padded(inputs), from: compact, at: i * kernels.padded(inputs), to: i * inputStride)
    }
    let factors = testValues(inputs, seed: 4 * seed + 3)
    scale = GuardedBuffer(count: kernels.padded(inputs))
    for (index, factor) in factors.enumerated() { scale[index] = factor }
    let skip = kernels.rounded(testValues(count * outputs, seed: 4 * seed + 5))
    residual = pixels(skip, channels: outputs, kernels)
    output = GuardedBuffer(count: count * kernels.padded(outputs), kernels.format)
    scratch = GuardedBuffer(byteCount: kernel.scratchBytes)

    var before = x
    if let prologue = layer.prologue {
      for i in before.indices {
        if prologue.scales { before[i] *= factors[i % inputs] }
        if let function = prologue.activation { before[i] = function(before[i]) }
      }
    }
    let sums = Reference.linear(
      Tensor(before, shape: [count, inputs]), weight: Tensor(weight, shape: [outputs, inputs]),
      bias: Tensor(bias, shape: [outputs]))
    expected = zip(sums.elements(as: Float.self), skip).map { sum, skip in
      let sum = layer.residual ? sum + skip : sum
      return layer.activation?(sum) ?? sum
    }
  }

  func run(_ layer: PointwiseCase) {
    kernel.run(
      packed: packed.reader, input: input.reader, inputStride: inputStride, count: layer.count,
      scale: layer.prologue?.scales == true ? scale.floats : nil, residual: layer.residual ? residual.reader : nil,
      output: output.pointer, scratch: scratch.pointer)
  }

  var isIntact: Bool { areIntact(packed, input, scale, residual, output, scratch) }
}
