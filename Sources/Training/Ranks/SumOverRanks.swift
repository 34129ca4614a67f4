import CPU
import IR
import Tensors

extension Operations {
  /// Gradients, one after the other, each summed over all ranks.
  ///
  /// Inputs: any number of float32 values. Result: their elements in one vector. In a plan the sums are made while later
  /// steps run, and are there after the last operation of this kind: until then no other may read them.
  struct SumOverRanks: Operation {
    static let name = "sum_over_ranks"
    var ranks: RankLink
    /// Whether it is the last one of the graph.
    var isLast: Bool

    var facts: OperationFacts { OperationFacts(reach: .batch, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      var count = 0
      for input in inputs {
        guard let shape = input.fixedShape, input.elementType == .float32 else {
          throw ShapeError("it takes float32 values of known shapes")
        }
        count += shape.reduce(1, *)
      }
      return [ValueType([.fixed(count)])]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      var values = inputs.flatMap { $0.elements(as: Float.self) }
      values.withUnsafeMutableBufferPointer {
        ranks.exchange.beginSum($0)
        ranks.exchange.finishSums()
      }
      return [Tensor(values, shape: [values.count])]
    }
  }
}

extension Operations.SumOverRanks: CPUOperation {
  /// Lowers the sum: the gradients are copied to one place, and their sum begins.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let parts = node.inputs.map { (location: builder.plain($0), count: builder.shape($0).reduce(1, *)) }
    let sums = builder.newPlain(node.results[0])
    let (exchange, isLast) = (ranks.exchange, isLast)
    let count = parts.reduce(0) { $0 + $1.count }
    builder.append(
      WorkStep(name, isSerial: true) { memory in
        let target = memory.writeFloats(sums)
        var offset = 0
        for part in parts {
          (target + offset).update(from: memory.floats(part.location), count: part.count)
          offset += part.count
        }
        exchange.beginSum(UnsafeMutableBufferPointer(start: target, count: count))
        if isLast { exchange.finishSums() }
      }, reads: parts.map(\.location), writes: [sums])
    return true
  }
}
