import Tensors

extension Reference {
  /// Returns the states of gated recurrent units; see ``Operations/GRU`` for inputs and results.
  static func gru(_ inputs: [Tensor], _ direction: Operations.Direction, resetsProduct: Bool) -> [Tensor] {
    let layer = RecurrentLayer(inputs, gates: 3)
    return layer.run(direction, initial: Array(inputs[4...]), stateCount: 1) { x, states, direction in
      let (h, H) = (states[0], layer.hidden)
      let (input, product) = (layer.product(x, direction), layer.recurrentProduct(h, direction))
      var (z, r) = (h, h)
      for i in 0..<H {
        z[i] = sigmoid(input[i] + product[i])
        r[i] = sigmoid(input[H + i] + product[H + i])
      }
      // The reset gate is applied to the product, or to what is multiplied.
      let reset = resetsProduct ? product : layer.recurrentProduct(zip(r, h).map { $0 * $1 }, direction)
      var next = h
      for i in 0..<H {
        let added = resetsProduct ? r[i] * reset[2 * H + i] : reset[2 * H + i]
        let candidate = hyperbolicTangent(input[2 * H + i] + added)
        next[i] = (1 - z[i]) * candidate + z[i] * h[i]
      }
      return [next]
    }
  }

  /// Returns the states of long short-term memory; see ``Operations/LSTM`` for inputs and results.
  static func lstm(
    _ inputs: [Tensor], _ direction: Operations.Direction, hasInitialState: Bool, hasPeepholes: Bool
  ) -> [Tensor] {
    let layer = RecurrentLayer(inputs, gates: 4)
    let peepholes = hasPeepholes ? layer.numbers(inputs[inputs.count - 1]) : nil
    let initial = hasInitialState ? Array(inputs[4..<6]) : []
    return layer.run(direction, initial: initial, stateCount: 2) { x, states, direction in
      let (h, c, H) = (states[0], states[1], layer.hidden)
      let sums = zip(layer.product(x, direction), layer.recurrentProduct(h, direction)).map { $0 + $1 }
      let seen = { (gate: Int, cells: [Double], index: Int) in
        (peepholes?[direction * 3 * H + gate * H + index] ?? 0) * cells[index]
      }
      let cells = (0..<H).map { index in
        let input = sigmoid(sums[index] + seen(0, c, index))
        let forget = sigmoid(sums[2 * H + index] + seen(2, c, index))
        return forget * c[index] + input * hyperbolicTangent(sums[3 * H + index])
      }
      let state = (0..<H).map { sigmoid(sums[H + $0] + seen(1, cells, $0)) * hyperbolicTangent(cells[$0]) }
      return [state, cells]
    }
  }

  private static func sigmoid(_ x: Double) -> Double { 1 / (1 + UnaryFunction.exp.value(-x)) }
  private static func hyperbolicTangent(_ x: Double) -> Double { 2 * sigmoid(2 * x) - 1 }
}

/// The weights of a recurrent layer in double precision, and the loop over its steps.
private struct RecurrentLayer {
  let hidden: Int
  private let gates: Int
  private let x: Tensor
  private let (weight, recurrent, bias): ([Double], [Double], [Double])

  init(_ inputs: [Tensor], gates: Int) {
    x = inputs[0]
    hidden = inputs[2].shape[2]
    self.gates = gates
    (weight, recurrent, bias) = (
      Self.numbers(inputs[1]), Self.numbers(inputs[2]), Self.numbers(inputs[3])
    )
  }

  private static func numbers(_ x: Tensor) -> [Double] { x.elements(as: Float.self).map { Double($0) } }
  func numbers(_ x: Tensor) -> [Double] { Self.numbers(x) }

  /// Returns `weight · x + bias` for all gates.
  func product(_ x: [Double], _ direction: Int) -> [Double] { product(weight, x, direction, biasFrom: 0) }

  /// Returns `recurrent weight · h + bias` for all gates.
  func recurrentProduct(_ h: [Double], _ direction: Int) -> [Double] {
    product(recurrent, h, direction, biasFrom: gates * hidden)
  }

  private func product(_ matrix: [Double], _ x: [Double], _ direction: Int, biasFrom first: Int) -> [Double] {
    let rows = gates * hidden
    return (0..<rows).map { row in
      let start = (direction * rows + row) * x.count
      return x.indices.reduce(bias[direction * 2 * rows + first + row]) { $0 + matrix[start + $1] * x[$1] }
    }
  }

  /// Returns the first state of all steps, and the last of each state.
  func run(
    _ direction: Operations.Direction, initial: [Tensor], stateCount: Int,
    step: (_ x: [Double], _ states: [[Double]], _ direction: Int) -> [[Double]]
  ) -> [Tensor] {
    let (steps, batch, features) = (x.shape[0], x.shape[1], x.shape[2])
    let (values, layers) = (numbers(x), direction.count)
    let initial = initial.map(numbers)
    var all = [Float](repeating: 0, count: steps * layers * batch * hidden)
    var last = [[Float]](repeating: [Float](repeating: 0, count: layers * batch * hidden), count: stateCount)
    for layer in 0..<layers {
      for n in 0..<batch {
        let place = (layer * batch + n) * hidden
        var states = (0..<stateCount).map { index in
          initial.isEmpty
            ? [Double](repeating: 0, count: hidden) : Array(initial[index][place..<place + hidden])
        }
        for index in 0..<steps {
          let t = direction.isReversed(layer) ? steps - 1 - index : index
          let row = (t * batch + n) * features
          states = step(Array(values[row..<row + features]), states, layer)
          let target = ((t * layers + layer) * batch + n) * hidden
          for (offset, value) in states[0].enumerated() { all[target + offset] = Float(value) }
        }
        for (index, state) in states.enumerated() {
          for (offset, value) in state.enumerated() { last[index][place + offset] = Float(value) }
        }
      }
    }
    return [Tensor(all, shape: [steps, layers, batch, hidden])]
      + last.map { Tensor($0, shape: [layers, batch, hidden]) }
  }
}
