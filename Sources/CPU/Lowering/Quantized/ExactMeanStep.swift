import IR

/// The mean of real numbers over all positions, added up one after the other in double precision: the same to the last bit on
/// every instruction set and by any number of threads.
///
/// A network's results are averaged over positions this way in plans in integers; other means there are exact anyway.
struct ExactMeanStep: Step {
  let input: Location
  let output: Location
  /// Means, and how many numbers each is of.
  let count: Int
  let positions: Int

  var kernelName: String { "exact_mean" }

  func run(_ memory: WorkerMemory) {
    let (source, target) = (memory.floats(input), memory.writeFloats(output))
    for mean in share(of: count, worker: memory.worker, of: memory.workers) {
      var sum = 0.0
      for position in mean * positions..<(mean + 1) * positions { sum += Double(source[position]) }
      target[mean] = Float(sum / Double(positions))
    }
  }
}

extension PlanBuilder {
  /// Adds an exact mean over the last axes.
  func lowerExactMean(_ operation: Operations.Mean, _ node: Graph.Node) -> Bool {
    let shape = shape(node.inputs[0])
    guard operation.axes.sorted() == Array((shape.count - operation.axes.count)..<shape.count) else { return false }
    let positions = shape.suffix(operation.axes.count).reduce(1, *)
    let input = plain(node.inputs[0])
    let output = newPlain(node.results[0])
    append(
      ExactMeanStep(
        input: input, output: output, count: shape.dropLast(operation.axes.count).reduce(1, *), positions: positions),
      reads: [input], writes: [output])
    return true
  }
}
