import IR

extension Operations.Gather: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let shape = builder.shape(node.inputs[0])
    let length = shape[axis]
    let places = builder.shape(node.inputs[1]).reduce(1, *)
    let bytes = shape[(axis + 1)...].reduce(1, *) * builder.graph.type(node.inputs[0]).elementType.byteCount
    let copies = shape[..<axis].reduce(1, *) * places
    guard copies * bytes > 0 else { return false }
    let isWide = builder.graph.type(node.inputs[1]).elementType == .int64
    let (source, indices) = (builder.plain(node.inputs[0]), builder.plain(node.inputs[1]))
    let target = builder.newPlain(node.results[0])
    let types = node.inputs.map { builder.graph.type($0) }
    builder.append(
      WorkStep("gather") { memory in
        let numbers = memory.read(indices)
        for copy in memory.share(of: copies) {
          let (outer, place) = copy.quotientAndRemainder(dividingBy: places)
          let given =
            isWide
            ? numbers.load(fromByteOffset: place * 8, as: Int64.self)
            : Int64(numbers.load(fromByteOffset: place * 4, as: Int32.self))
          let index = given < 0 ? given + Int64(length) : given
          guard index >= 0, index < length else {
            memory.fail(
              .operation(
                Self.name, scope: node.scope, inputs: types,
                reason: "the index \(given) is out of range for \(length) elements"))
            return
          }
          (memory.write(target) + copy * bytes).copyMemory(
            from: memory.read(source) + (outer * length + Int(index)) * bytes, byteCount: bytes)
        }
      }, reads: [source, indices], writes: [target])
    return true
  }
}
