import IR
import Tensors

extension Operations {
  /// The gradient of a convolution's input.
  ///
  /// Inputs: the result's gradient `[N, K, …]`, weight `[K, C / groups, window…]` and, optionally, a value to add, like
  /// the result. Result: `[N, C]` + the input's size.
  struct ConvolutionInputGradient: Operation {
    static let name = "convolution_input_gradient"
    var window: Window
    var groups: Int
    /// The lengths of the input's axes after the channels.
    var inputSize: [Int]

    var facts: OperationFacts {
      OperationFacts(
        reach: .clip, cost: .multiplyAdds { inputs, results in inputs[0].reduce(1, *) * inputs[1][1...].reduce(1, *) },
        integers: .none)
    }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      if inputs.count != 3 { try inputs.requireCount(2) }
      guard inputs[1].rank == window.rank + 2, let channels = inputs[1].shape[1].value else {
        throw ShapeError("the weight does not fit the window")
      }
      let result = ValueType([inputs[0].shape[0], .fixed(channels * groups)] + inputSize.map { .fixed($0) })
      guard inputs.count == 2 || inputs[2] == result else { throw ShapeError("what is added must be like the result") }
      return [result]
    }

    /// Whether the kernel can add another value at no cost.
    var addsPlainly: Bool { groups == 1 && window.isPointwise }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let (dy, weight): ([Float], [Float]) = (inputs[0].elements(), inputs[1].elements())
      let pairs = ConvolutionPairs(
        batch: inputs[0].shape[0], inputs: inputs[1].shape[1] * groups, outputs: inputs[1].shape[0], groups: groups,
        window: window, inputSize: inputSize)
      var dx = [Double](repeating: 0, count: pairs.inputCount)
      pairs.forEach { dx[$0] += Double(dy[$2]) * Double(weight[$1]) }
      if inputs.count == 3 {
        for (index, added) in inputs[2].elements(as: Float.self).enumerated() { dx[index] += Double(added) }
      }
      let shape = [inputs[0].shape[0], inputs[1].shape[1] * groups] + inputSize
      return [Tensor(dx.map { Float($0) }, shape: shape)]
    }
  }

  /// The gradient of a convolution's weight.
  ///
  /// Inputs: x `[N, C, …]`, the result's gradient `[N, K, …]`. Result: `[K, C / groups, window…]`.
  struct ConvolutionWeightGradient: Operation {
    static let name = "convolution_weight_gradient"
    var window: Window
    var groups: Int

    var facts: OperationFacts {
      OperationFacts(
        reach: .batch,
        cost: .multiplyAdds { inputs, results in inputs[1].reduce(1, *) * results[0][1...].reduce(1, *) },
        integers: .none)
    }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(2)
      guard let channels = inputs[0].shape[1].value, inputs[0].rank == window.rank + 2,
        inputs[1].rank == inputs[0].rank
      else { throw ShapeError("x and the gradient do not fit the window") }
      return [
        ValueType([inputs[1].shape[1], .fixed(channels / groups)] + window.kernel.map { .fixed($0) })
      ]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let (x, dy): ([Float], [Float]) = (inputs[0].elements(), inputs[1].elements())
      let pairs = ConvolutionPairs(
        batch: inputs[0].shape[0], inputs: inputs[0].shape[1], outputs: inputs[1].shape[1], groups: groups,
        window: window, inputSize: Array(inputs[0].shape[2...]))
      var weight = [Double](repeating: 0, count: pairs.weightCount)
      pairs.forEach { weight[$1] += Double(x[$0]) * Double(dy[$2]) }
      let shape = [inputs[1].shape[1], inputs[0].shape[1] / groups] + window.kernel
      return [Tensor(weight.map { Float($0) }, shape: shape)]
    }
  }
}

/// All multiplications of a convolution: the input, weight and output of each.
struct ConvolutionPairs {
  private let batch: Int
  private let inputs: Int
  private let outputs: Int
  private let groups: Int
  private let window: Window
  private let input: [Int]
  private let output: [Int]

  init(batch: Int, inputs: Int, outputs: Int, groups: Int, window: Window, inputSize: [Int]) {
    self.batch = batch
    self.inputs = inputs
    self.outputs = outputs
    self.groups = groups
    self.window = window.threeDimensional
    input = [Int](repeating: 1, count: 3 - inputSize.count) + inputSize
    output = (0..<3).map { [window = window.threeDimensional, input] in window.outputLength(input[$0], axis: $0) }
  }

  var inputCount: Int { batch * inputs * input.reduce(1, *) }
  var weightCount: Int { outputs * inputs / groups * window.kernel.reduce(1, *) }

  /// Calls `body` with the indices of input, weight and output, except in the padding.
  func forEach(_ body: (_ input: Int, _ weight: Int, _ output: Int) -> Void) {
    let (channels, perGroup) = (inputs / groups, outputs / groups)
    for n in 0..<batch {
      for k in 0..<outputs {
        for c in 0..<channels {
          let source = (n * inputs + k / perGroup * channels + c) * input.reduce(1, *)
          let taps = (k * channels + c) * window.kernel.reduce(1, *)
          let target = (n * outputs + k) * output.reduce(1, *)
          forEachPosition { body(source + $0, taps + $1, target + $2) }
        }
      }
    }
  }

  private func forEachPosition(_ body: (_ input: Int, _ tap: Int, _ output: Int) -> Void) {
    for (tapT, tapH, tapW) in product(window.kernel) {
      for (t, h, w) in product(output) {
        let x = [(t, tapT), (h, tapH), (w, tapW)].enumerated().map { axis, place in
          place.0 * window.stride[axis] + place.1 * window.dilation[axis] - window.paddingBefore[axis]
        }
        guard (0..<3).allSatisfy({ (0..<input[$0]).contains(x[$0]) }) else { continue }
        body(
          (x[0] * input[1] + x[1]) * input[2] + x[2], (tapT * window.kernel[1] + tapH) * window.kernel[2] + tapW,
          (t * output[1] + h) * output[2] + w)
      }
    }
  }

  private func product(_ lengths: [Int]) -> [(Int, Int, Int)] {
    (0..<lengths[0]).flatMap { a in (0..<lengths[1]).flatMap { b in (0..<lengths[2]).map { (a, b, $0) } } }
  }
}
