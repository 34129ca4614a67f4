import IR
import Tensors

extension Operations {
  /// Requantizes an int8 layer's exact sums, as integers held as float32:
  /// `round(activation(x · inputScale · scales + residual · residualScale) / step)`, clamped to the range of bytes or
  /// 16-bit values.
  ///
  /// Inputs: x `[N, C, …]`, integers; then, optionally, scales `[C]`; then, optionally, a residual, integers like x.
  /// Result: like x, integers minus their zero point, or real numbers if there are no steps.
  ///
  /// The order of operations is that of the int8 kernels (`Reference.Quantized`), so the results are bit for bit the
  /// same. In the gradient nothing is rounded, and what is clamped has none (straight-through: Bengio et al. 2013;
  /// Jacob et al. 2018, section 3); scales have none.
  struct Requantize: Operation {
    static let name = "requantize"

    /// Integers that stand for real numbers.
    struct Steps: Codable, Equatable, Sendable {
      /// The real number that a step of 1 stands for.
      var scale: Float
      /// The range of the integers, minus the zero point.
      var lowest, highest: Int
    }

    /// The real number that a step of x stands for, before the channel's scale.
    var inputScale: Float = 1
    /// Whether channels have their own scales.
    var hasScales = false
    /// The real number that a step of the residual stands for; nil without a residual.
    var residualScale: Float?
    /// The function that is applied to the sum; nil for none.
    var activation: ActivationFunction?
    /// The result's steps; nil if it is real.
    var result: Steps?
    /// The axis of the channels.
    var axis = 1

    var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(1 + (hasScales ? 1 : 0) + (residualScale == nil ? 0 : 1))
      guard inputs[0].shape.indices.contains(axis) else { throw ShapeError("x has no axis \(axis)") }
      if hasScales, inputs[1] != ValueType([inputs[0].shape[axis]]) {
        throw ShapeError("there must be a scale for each channel")
      }
      guard QuantizedResult.supports(activation) else { throw ShapeError("the activation has no form in integers") }
      return [inputs[0]]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let places = Places(self, inputs)
      return [
        Tensor(
          places.x.indices.map { index in
            let value = places.sum(index, self)
            guard result != nil else { return rectified(activated(value)) }
            return min(max(rectified(rounded(value, places.x[index], places.factor(index))), low), high)
          }, shape: inputs[0].shape)
      ]
    }
  }

  /// The gradient of ``Requantize``.
  ///
  /// Inputs: its inputs, then the result's gradient. Results: the gradients of x and, if there is one, of the residual.
  struct RequantizeGradient: Operation {
    static let name = "requantize_gradient"
    var operation: Requantize

    var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      guard let dy = inputs.last, dy == inputs[0] else { throw ShapeError("x and the gradient must be alike") }
      let results = try operation.resultTypes(inputs.dropLast())
      return operation.residualScale == nil ? results : results + results
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let places = Requantize.Places(operation, inputs)
      let dy: [Float] = inputs[inputs.count - 1].elements()
      let gradients = dy.indices.map { index -> Float in
        let value = places.sum(index, operation)
        let g = dy[index] * (operation.activation?.slope(value) ?? 1)
        guard operation.result != nil else { return g }
        let steps = operation.rounded(value, places.x[index], places.factor(index))
        return (operation.low...operation.high).contains(steps) ? operation.isLinear ? g : g * operation.inverse : 0
      }
      let shape = inputs[0].shape
      let dx = Tensor(gradients.indices.map { gradients[$0] * places.factor($0) }, shape: shape)
      return operation.residualScale == nil
        ? [dx] : [dx, Tensor(gradients.map { $0 * operation.residualFactor }, shape: shape)]
    }
  }
}

extension Operations.Requantize: Differentiable {
  func gradients(
    _ node: Graph.Node, _ gradients: [Graph.ValueID?], wanted: [Bool], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID?] {
    guard let dy = gradients[0] else { return node.inputs.map { _ in nil } }
    let own = try writer.add(Operations.RequantizeGradient(operation: self), node.inputs + [dy])
    let scales: [Graph.ValueID?] = hasScales ? [nil] : []
    return [own[0]] + scales + Array(own.dropFirst())
  }
}

extension Operations.Requantize.Steps {
  /// Creates the steps of bytes or 16-bit values.
  init(_ form: QuantizationTable.Form) {
    switch form {
    case .byte(let quantization):
      let zero = Int(quantization.zeroPoint)
      self.init(scale: quantization.scale, lowest: -128 - zero, highest: 127 - zero)
    case .word(let scale): self.init(scale: scale, lowest: -32767, highest: 32767)
    }
  }
}

extension Operations.Requantize {
  /// Whether sums are scaled to the result's steps at once, as no nonlinear function is in between.
  var isLinear: Bool { result != nil && (activation == nil || activation == .relu) }

  /// Returns the factor from a value's steps to what is summed: real numbers, or the result's steps if sums are scaled
  /// to these at once.
  func factor(_ scale: Float, _ channelScale: Float = 1) -> Float {
    let real = scale * channelScale
    return isLinear ? real / (result?.scale ?? 1) : real
  }

  /// The residual's factor.
  var residualFactor: Float { residualScale.map { factor($0) } ?? 0 }
  /// The factor from real numbers to steps.
  var inverse: Float { 1 / (result?.scale ?? 1) }
  /// The lowest step.
  var low: Float { Float(result?.lowest ?? 0) }
  /// The highest step.
  var high: Float { Float(result?.highest ?? 0) }

  /// The offsets of an element's numbers.
  fileprivate struct Places {
    let x: [Float]
    private let factors: [Float]
    private let residual: [Float]?
    private let inner: Int

    init(_ operation: Operations.Requantize, _ inputs: [Tensor]) {
      x = inputs[0].elements()
      let shape = inputs[0].shape
      let scales: [Float]? = operation.hasScales ? inputs[1].elements() : nil
      factors = (0..<shape[operation.axis]).map { operation.factor(operation.inputScale, scales?[$0] ?? 1) }
      residual = operation.residualScale == nil ? nil : inputs[operation.hasScales ? 2 : 1].elements()
      inner = shape[(operation.axis + 1)...].reduce(1, *)
    }

    func factor(_ index: Int) -> Float { factors[index / inner % factors.count] }

    /// Returns what is summed for an element.
    func sum(_ index: Int, _ operation: Operations.Requantize) -> Float {
      guard let residual else { return x[index] * factor(index) }
      return (residual[index] * operation.residualFactor).addingProduct(x[index], factor(index))
    }
  }

  /// Returns the number of steps before clamping; where nothing is between x and it, the exact product is rounded once.
  fileprivate func rounded(_ sum: Float, _ x: Float, _ factor: Float) -> Float {
    if !isLinear { return Reference.Quantized.rounded(activated(sum), times: inverse) }
    return residualScale == nil
      ? Reference.Quantized.rounded(x, times: factor) : Reference.Quantized.rounded(sum, times: 1)
  }

  fileprivate func activated(_ value: Float) -> Float { Reference.Quantized.activate(value, activation) }

  fileprivate func rectified(_ value: Float) -> Float { activation == .relu ? max(value, 0) : value }
}
