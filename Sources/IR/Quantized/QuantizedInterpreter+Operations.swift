import Tensors

extension QuantizedInterpreter {
  /// The results of a node that runs in integers.
  func integerResults(of index: Int, _ operands: [QuantizedValue]) -> [QuantizedValue] {
    let node = graph.nodes[index]
    let form = table.values[graph.resultName(index)]
    switch node.operation {
    case let operation as Operations.Pointwise:
      let ones = operation.stride.map { _ in 1 }
      let input = bytes(of: index, operands, operation)
      let sums = sums(of: index, input, window: Window(kernel: ones, stride: operation.stride), groups: 1)
      return [
        finish(
          index, sums, input.1, form, activation: operation.activation,
          residual: operation.hasResidual ? operands.last : nil)
      ]
    case let operation as Operations.FusedConvolution:
      guard case .bytes(let x, let quantization) = operands[0] else { return [] }
      let sums = sums(of: index, (x, quantization), window: operation.window, groups: operation.groups)
      return [finish(index, sums, quantization, form, activation: operation.activation)]
    case let operation as Operations.Depthwise:
      guard case .bytes(let x, let quantization) = operands[0] else { return [] }
      let sums = sums(of: index, (x, quantization), window: operation.window, groups: x.shape[1])
      let y = finish(index, sums, quantization, form, activation: operation.activation)
      return operation.emitsMean
        ? [y, .real(Self.mean(y, shape: x.shape.prefix(2) + sums.shape[2...].map { _ in 1 }))] : [y]
    case is Operations.Linear:
      guard case .bytes(let x, let quantization) = operands[0] else { return [] }
      let columns = x.shape.last ?? 1
      let rows = x.reshaped(to: [x.count / max(columns, 1), columns, 1, 1])
      let sums = sums(of: index, (rows, quantization), window: Window(kernel: [1, 1]), groups: 1)
      return [
        finish(index, sums.reshaped(to: Array(sums.shape.prefix(2))), quantization, form, activation: nil)
          .reshaped(to: x.shape.dropLast() + [sums.shape[1]])
      ]
    case is Operations.Mean:
      let types = try? node.operation.resultTypes([ValueType(operands[0].stored.shape.map { .fixed($0) })])
      return [.real(Self.mean(operands[0], shape: types?.first?.fixedShape ?? []))]
    case is Operations.Binary: return [sum(operands, form)]
    default: return [pool(node.operation, operands[0], form)]
    }
  }

  /// What a pointwise convolution multiplies: its input, or what its prologue makes of words.
  private func bytes(
    of index: Int, _ operands: [QuantizedValue], _ operation: Operations.Pointwise
  ) -> (Tensor, Quantization) {
    if case .bytes(let tensor, let quantization) = operands[0] { return (tensor, quantization) }
    guard case .words(let words, let unit) = operands[0], let target = table.prologues[graph.resultName(index)] else {
      preconditionFailure("the points give \(graph.resultName(index)) words and a prologue")
    }
    let gates = operation.hasScale ? operands[3].real.elements(as: Float.self) : [1]
    let plane = words.plane
    let values = words.elements(as: Int16.self)
    let result = values.indices.map { position in
      Reference.Quantized.byte(
        word: values[position], factor: unit * gates[operation.hasScale ? position / plane : 0],
        activation: operation.prologueActivation, target)
    }
    return (Tensor(result, shape: words.shape), target)
  }

  /// A node's exact sums.
  private func sums(of index: Int, _ input: (Tensor, Quantization), window: Window, groups: Int) -> Tensor {
    let stored = { (id: Graph.ValueID?) in id.flatMap { weights[graph[$0].name] } }
    guard let weight = stored(points.weight(of: index)) else {
      preconditionFailure("the check finds weights for \(graph.resultName(index))")
    }
    let taps = weight.rank == 2 ? window.kernel : Array(weight.shape.suffix(window.rank))
    let shape = [weight.shape[0], weight.count / max(weight.shape[0] * taps.reduce(1, *), 1)] + taps
    return IntegerSums.convolution(
      input.0, zeroPoint: input.1.zeroPoint, weight: weight.reshaped(to: shape), bias: stored(points.bias(of: index)),
      window: window, groups: groups)
  }

  /// What a layer makes of its sums.
  private func finish(
    _ index: Int, _ sums: Tensor, _ input: Quantization, _ form: QuantizationTable.Form?,
    activation: ActivationFunction?, residual: QuantizedValue? = nil
  ) -> QuantizedValue {
    let scales = points.weight(of: index).map { table.scales(of: $0, weights, graph) } ?? []
    let plane = sums.plane
    let values = sums.elements(as: Int32.self)
    let channel = { (position: Int) in position / plane % scales.count }
    switch form {
    case .word(let scale):
      // In units of the word's scale, as a byte's result would be.
      let factors = scales.map { input.scale * $0 / scale }
      return .words(
        Tensor(
          values.indices.map { Reference.Quantized.word(sum: values[$0], factor: factors[channel($0)]) },
          shape: sums.shape), scale: scale)
    case .byte(let quantization):
      guard let result = QuantizedResult(quantization, activation: activation) else { return .real(sums) }
      let factors = scales.map { result.factor(input.scale, weightScale: $0) }
      let addends = addends(residual, result)
      let bytes = values.indices.map { position in
        Reference.Quantized.byte(
          sum: values[position], factor: factors[channel(position)], addend: addends.isEmpty ? nil : addends[position],
          result: result) ?? 0
      }
      return .bytes(Tensor(bytes, shape: sums.shape), quantization)
    case nil:
      let factors = scales.map { input.scale * $0 }
      return .real(
        Tensor(
          values.indices.map {
            Reference.Quantized.real(sum: values[$0], factor: factors[channel($0)], activation: activation)
          }, shape: sums.shape))
    }
  }

  /// A residual in the units of the sums' result.
  private func addends(_ residual: QuantizedValue?, _ result: QuantizedResult) -> [Float] {
    guard case .bytes(let tensor, let quantization) = residual else { return [] }
    let factor = result.factor(quantization.scale)
    return tensor.elements(as: Int8.self).map { Float(Int($0) - Int(quantization.zeroPoint)) * factor }
  }

  /// The mean of each clip's channels over all positions: an exact sum, made real in double precision.
  private static func mean(_ value: QuantizedValue, shape: [Int]) -> Tensor {
    let plane = value.stored.plane
    let means = { (values: [Int], scale: Float) in
      stride(from: 0, to: values.count, by: max(plane, 1)).map { first in
        Float(Double(values[first..<first + plane].reduce(0, +)) * Double(scale) / Double(plane))
      }
    }
    switch value {
    case .bytes(let tensor, let quantization):
      let centred = tensor.elements(as: Int8.self).map { Int($0) - Int(quantization.zeroPoint) }
      return Tensor(means(centred, quantization.scale), shape: shape)
    case .words(let tensor, let scale):
      return Tensor(means(tensor.elements(as: Int16.self).map { Int($0) }, scale), shape: shape)
    case .real(let tensor): return Operations.Mean(axes: Array(2..<tensor.rank), keepsAxes: true).evaluate([tensor])[0]
    }
  }

  private func sum(_ operands: [QuantizedValue], _ form: QuantizationTable.Form?) -> QuantizedValue {
    guard case .bytes(let a, let quantizationA) = operands[0], case .bytes(let b, let quantizationB) = operands[1],
      case .byte(let quantization) = form, let result = QuantizedResult(quantization)
    else { preconditionFailure("the points give a sum bytes") }
    let bytes = zip(a.elements(as: Int8.self), b.elements(as: Int8.self)).map {
      Reference.Quantized.sum($0, quantizationA, $1, quantizationB, result: result) ?? 0
    }
    return .bytes(Tensor(bytes, shape: a.shape), quantization)
  }

  /// Pooling; the largest of some bytes is found by the float32 meaning.
  private func pool(
    _ operation: any Operation, _ operand: QuantizedValue, _ form: QuantizationTable.Form?
  ) -> QuantizedValue {
    guard case .bytes(let x, let input) = operand, case .byte(let output) = form else {
      preconditionFailure("the points give pooling bytes")
    }
    if operation.poolingFunction == .maximum {
      let most = operation.evaluate([x.converted(to: .float32)])[0]
      return .bytes(most.mapped(from: Float.self) { Int8($0) }, output)
    }
    if let pool = operation as? Operations.AdaptivePool {
      return .bytes(
        Reference.Quantized.averagePool(x, adaptiveTo: pool.outputSize, input, output: output), output)
    }
    guard let pool = operation as? Operations.Pool,
      let lengths = try? pool.resultTypes([ValueType(x.shape.map { .fixed($0) })]).first?.fixedShape
    else { preconditionFailure("the points are right about which operations run in integers") }
    return .bytes(
      Reference.Quantized.averagePool(
        x, window: pool.window, outputSpatial: Array(lengths[2...]), countsPadding: pool.countsPadding, input,
        output: output), output)
  }
}

extension QuantizedValue {
  /// The same numbers under another shape.
  func reshaped(to shape: [Int]) -> QuantizedValue {
    switch self {
    case .real(let tensor): .real(tensor.reshaped(to: shape))
    case .bytes(let tensor, let quantization): .bytes(tensor.reshaped(to: shape), quantization)
    case .words(let tensor, let scale): .words(tensor.reshaped(to: shape), scale: scale)
    }
  }
}
