import IR
import Tensors

extension Operations {
  /// The constant 1, `[1]`: the gradient of a loss for itself.
  struct One: Operation {
    static let name = "one"

    var facts: OperationFacts { OperationFacts(reach: .element, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(0)
      return [ValueType([1])]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] { [Tensor([1] as [Float], shape: [1])] }
  }
}
