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

  /// Returns the index of the node that is the classifier: ``classifier``, unless another one is named.
  ///
  /// - Parameter name: The path of a layer or of one of its parameters; nil for the last layer with weights.
  /// - Throws: ``GraphError/malformed(_:)`` if there is no such layer.
  public func classifier(named name: String?) throws(GraphError) -> Int {
    guard let name else {
      guard let classifier else {
        throw .malformed("the network has no layer with weights that could be its classifier")
      }
      return classifier
    }
    let links = GraphLinks(self)
    let matching = nodes.indices.filter { index in
      let node = nodes[index]
      guard node.operation is Operations.Linear || node.operation is Operations.Convolution else { return false }
      return node.scope == name
        || weights(of: index, links).contains { self[$0].name == name || self[$0].name.hasPrefix("\(name).") }
    }
    guard let index = matching.last else {
      let known = nodes.filter { $0.operation is Operations.Linear }.suffix(3).map { "'\(self[$0.inputs[1]].name)'" }
      throw .malformed(
        "the network has no linear layer or convolution '\(name)'"
          + (known.isEmpty ? "" : "; its last linear layers have the weights \(known.joined(separator: ", "))"))
    }
    return index
  }

  /// Returns the parameters of a layer, its weight first, as they are before they are reshaped; values that are no parameters as
  /// they are.
  ///
  /// - Parameter node: The index of a linear layer or a convolution.
  public func weights(of node: Int) -> [ValueID] { weights(of: node, GraphLinks(self)) }

  private func weights(of node: Int, _ links: GraphLinks) -> [ValueID] {
    nodes[node].inputs.dropFirst().map { id in
      guard let producer = links.producers[id], nodes[producer].operation is Operations.Reshape,
        links.parameters.contains(nodes[producer].inputs[0])
      else { return id }
      return nodes[producer].inputs[0]
    }
  }

  /// Returns the network with a classifier of another number of classes; all other parameters keep their paths and
  /// shapes.
  ///
  /// - Parameters:
  ///   - classCount: The number of classes, above 0.
  ///   - head: The path of the classifier's layer or of one of its parameters; nil for the last layer with weights.
  /// - Throws: ``GraphError`` if there is no classifier, its parameters have other users, or the first output would not
  ///   have a score for each class.
  public func withClasses(_ classCount: Int, head: String? = nil) throws(GraphError) -> Graph {
    try verify()
    let classifier = try classifier(named: head)
    var result = self
    let links = GraphLinks(self)
    let own = Set(weights(of: classifier, links))
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
