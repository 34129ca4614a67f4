import IR

extension Operations.GRU: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow(
        "GRU",
        all: { node in
          let inputs = try node.recurrentInputs(gates: 3, activations: ["Sigmoid", "Tanh"])
          return try node.recurrent(
            Self(direction: node.direction(), resetsProduct: node.flag("linear_before_reset", default: false)),
            inputs, states: node.has(5) ? [node.input(5)] : [])
        })
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    let attributes: ONNXAttributes = [
      "direction": .string(direction.rawValue), "hidden_size": .int(onnx.type(2).shape[2].value ?? 0),
      "linear_before_reset": .flag(resetsProduct),
    ]
    // The fifth input of ONNX is the lengths of sequences.
    let state = onnx.inputCount == 5 ? ["", onnx.input(4)] : []
    return onnx("GRU", (0..<4).map { onnx.input($0) } + state, attributes: attributes, resultCount: 2)
  }
}

extension Operations.LSTM: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow(
        "LSTM",
        all: { node in
          let inputs = try node.recurrentInputs(gates: 4, activations: ["Sigmoid", "Tanh", "Tanh"])
          guard node.has(5) == node.has(6) else { throw ONNXRefusal("it has one of two initial states") }
          guard !node.flag("input_forget", default: false) else {
            throw ONNXRefusal("its input_forget is not supported")
          }
          return try node.recurrent(
            Self(direction: node.direction(), hasInitialState: node.has(5), hasPeepholes: node.has(7)), inputs,
            states: node.has(5) ? [node.input(5), node.input(6)] : [], node.allInputs(from: 7))
        })
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    let attributes: ONNXAttributes = [
      "direction": .string(direction.rawValue), "hidden_size": .int(onnx.type(2).shape[2].value ?? 0),
    ]
    var inputs = (0..<4).map { onnx.input($0) }
    // The fifth input of ONNX is the lengths of sequences.
    if hasInitialState || hasPeepholes {
      inputs += [""] + (hasInitialState ? [onnx.input(4), onnx.input(5)] : ["", ""])
    }
    if hasPeepholes { inputs.append(onnx.input(onnx.inputCount - 1)) }
    return onnx("LSTM", inputs, attributes: attributes, resultCount: 3)
  }
}
