extension Graph {
  /// The index of the last node with weights that the first output depends on, which is the linear layer of a
  /// classifier or a convolution in its place; nil if there is none.
  public var classifier: Int? {
    let links = GraphLinks(self)
    var ancestors = Set<Int>()
    var pending = outputs.prefix(1).compactMap { links.producers[$0] }
    while let index = pending.popLast() {
      guard ancestors.insert(index).inserted else { continue }
      pending += nodes[index].inputs.compactMap { links.producers[$0] }
    }
    return ancestors.filter { index in
      nodes[index].operation is Operations.Linear || nodes[index].operation is Operations.Convolution
    }.max()
  }

  /// Returns the network with a classifier of another number of classes; all other parameters keep their paths and
  /// shapes.
  ///
  /// - Parameter classCount: The number of classes, above 0.
  /// - Throws: ``GraphError`` if there is no classifier, its parameters have other users, or the first output would not
  ///   have a score for each class.
  public func withClasses(_ classCount: Int) throws(GraphError) -> Graph {
    try verify()
    guard let classifier else { throw .malformed("the network has no layer with weights that could be its classifier") }
    var result = self
    let links = GraphLinks(self)
    let own = Set(nodes[classifier].inputs.dropFirst())
    for parameter in parameters where own.contains(parameter.value) {
      guard links.useCount(of: parameter.value) == 1 else {
        throw .malformed("the classifier's parameter '\(parameter.path)' is used by other layers too")
      }
      var type = type(parameter.value)
      type.shape[0] = .fixed(classCount)
      result.values[parameter.value.index] = Value(name: parameter.path, type: type)
    }
    for node in nodes {
      let types = try resultTypes(of: node.operation, inputs: node.inputs.map { result.type($0) }, scope: node.scope)
      for (id, type) in zip(node.results, types) { result.values[id.index] = Value(name: self[id].name, type: type) }
    }
    let scores = result.type(outputs[0])
    guard scores.shape.last == .fixed(classCount) else {
      throw .malformed("the network's first output \(scores) would not have a score for each of \(classCount) classes")
    }
    try result.verify()
    return result
  }
}
