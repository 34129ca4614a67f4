/// How an operation runs in integers: what it takes as integers, its weights, and what it gives.
struct IntegerForm {
  /// What becomes of the exact sums.
  enum Result {
    /// Bytes, always.
    case bytes
    /// 16-bit words, as squeeze-excite and a pointwise convolution's prologue take them.
    case words
    /// Real numbers, or bytes where an integer operation takes them.
    case realOrBytes
  }

  /// The values that it takes as integers.
  let data: [Graph.ValueID]
  /// The value among them that it takes as words, if one.
  var words: Graph.ValueID?
  var weight: Graph.ValueID?
  var bias: Graph.ValueID?
  let result: Result
}

/// A refusal: why an operation does not run in integers.
struct IntegerRefusal: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}

extension IntegerForm {
  /// The form of a node, by its attributes alone.
  ///
  /// - Parameter takesWords: whether a value is a depthwise convolution's words.
  init(_ node: Graph.Node, takesWords: (Graph.ValueID) -> Bool) throws(IntegerRefusal) {
    let inputs = node.inputs
    switch node.operation {
    case let operation as Operations.Pointwise:
      try Self.require(operation.activation, operation.prologueActivation)
      let hasPrologue = operation.hasScale || operation.prologueActivation != nil
      if hasPrologue, !takesWords(inputs[0]) { throw IntegerRefusal("what it scales is no depthwise convolution") }
      let residual = operation.hasResidual ? inputs.suffix(1) : []
      self.init(
        data: inputs.prefix(1) + residual, words: hasPrologue ? inputs[0] : nil, weight: inputs[1], bias: inputs[2],
        result: operation.hasResidual ? .bytes : .realOrBytes)
    case let operation as Operations.Depthwise:
      try Self.require(operation.activation)
      if operation.emitsMean, operation.activation != nil {
        throw IntegerRefusal("it gives the mean of its activation")
      }
      let isWords = takesWords(node.results[0])
      self.init(data: [inputs[0]], weight: inputs[1], bias: inputs[2], result: isWords ? .words : .bytes)
    case let operation as Operations.FusedConvolution:
      try Self.require(operation.activation)
      if operation.hasResidual { throw IntegerRefusal("it adds a residual to windows of several positions") }
      self.init(data: [inputs[0]], weight: inputs[1], bias: inputs[2], result: .bytes)
    case is Operations.Linear:
      self.init(
        data: [inputs[0]], weight: inputs[1], bias: inputs.count > 2 ? inputs[2] : nil, result: .realOrBytes)
    case is Operations.Pool, is Operations.AdaptivePool:
      self.init(data: [inputs[0]], result: .bytes)
    case let operation as Operations.Binary where operation.function == .add:
      self.init(data: inputs, result: .bytes)
    case is Operations.Mean:
      self.init(data: [inputs[0]], result: .realOrBytes)
    default:
      throw IntegerRefusal("\(node.operation.name) has no form in integers")
    }
  }

  private static func require(_ activations: ActivationFunction?...) throws(IntegerRefusal) {
    for activation in activations where !QuantizedResult.supports(activation) {
      throw IntegerRefusal("\(activation?.rawValue ?? "") has no form in integers")
    }
  }
}
