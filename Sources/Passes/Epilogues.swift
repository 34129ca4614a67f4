import IR
import Tensors

/// An efficient operation that can end with an activation.
protocol EndsWithActivation: Operation {
  var activation: ActivationFunction? { get set }
}

/// An efficient operation that can add a value before its activation; that value is its last input.
protocol AddsResidual: EndsWithActivation {
  var hasResidual: Bool { get set }
}

extension Operations.Pointwise: AddsResidual {}
extension Operations.FusedConvolution: AddsResidual {}
extension Operations.Depthwise: EndsWithActivation {}

extension Match {
  /// Returns the path for a parameter beside another one: the same with another last name.
  func path(_ name: String, beside id: Graph.ValueID) -> String {
    guard let path = path(id), let dot = path.lastIndex(of: ".") else { return name }
    return "\(path[...dot])\(name)"
  }

  /// Returns the bias of a convolution or linear map in the new graph: input 2, or zeros if there is none.
  func bias<Kind>(
    of part: MatchedNode<Kind>, _ rewriter: inout GraphRewriter
  ) throws(GraphError) -> GraphRewriter.Value {
    if part.inputs.count > 2 { return try rewriter.value(for: part.inputs[2]) }
    let outputs = type(part.inputs[1]).shape[0].value ?? 0
    return rewriter.addParameter(path("bias", beside: part.inputs[1]), Tensor(zeros: [outputs]))
  }
}
