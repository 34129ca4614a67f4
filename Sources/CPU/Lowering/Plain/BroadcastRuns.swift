import IR

/// The broadcast of two values as runs of adjacent elements, in each of which an operand is a run, too, or one element.
struct BroadcastRuns: Sendable {
  /// The lengths of the axes before those of a run.
  private let outer: [Int]
  private let strides: [(left: Int, right: Int)]
  /// The number of elements in a run.
  let count: Int
  /// Whether the operand is one element in each run.
  let (leftIsOne, rightIsOne): (Bool, Bool)

  /// Creates the runs for two shapes that broadcast.
  init(_ left: [Int], _ right: [Int]) {
    let shape = Broadcast(left, right).shape
    func strides(of operand: [Int]) -> [Int] {
      var (strides, step) = ([Int](), 1)
      for length in operand.reversed() {
        strides.append(length == 1 ? 0 : step)
        step *= length
      }
      return [Int](repeating: 0, count: shape.count - operand.count) + strides.reversed()
    }
    // From the last axis on, an axis joins the one after it if both operands go on in the same way.
    var axes: [(length: Int, left: Int, right: Int)] = []
    for (length, (a, b)) in zip(shape, zip(strides(of: left), strides(of: right))).reversed() where length != 1 {
      if let last = axes.last, a == last.left * last.length, b == last.right * last.length {
        axes[axes.count - 1].length *= length
      } else {
        axes.append((length, a, b))
      }
    }
    let inner = axes.first ?? (1, 1, 1)
    (count, leftIsOne, rightIsOne) = (inner.length, inner.left == 0, inner.right == 0)
    outer = axes.dropFirst().reversed().map(\.length)
    self.strides = axes.dropFirst().reversed().map { ($0.left, $0.right) }
  }

  /// The number of runs.
  var runs: Int { outer.reduce(1, *) }

  /// Returns the index of the first element of each operand in a run.
  func starts(of run: Int) -> (left: Int, right: Int) {
    var (rest, left, right) = (run, 0, 0)
    for axis in outer.indices.reversed() {
      left += rest % outer[axis] * strides[axis].left
      right += rest % outer[axis] * strides[axis].right
      rest /= outer[axis]
    }
    return (left, right)
  }
}

extension Broadcast {
  /// The index of the left and of the right element for each element of the result.
  var operands: [(left: Int, right: Int)] {
    var operands: [(left: Int, right: Int)] = []
    forEach { operands.append(($1, $2)) }
    return operands
  }
}

extension PlanBuilder {
  /// Adds a function of pairs of elements of plain values, whose shapes broadcast.
  func appendPlainBinary(_ function: BinaryFunction, _ node: Graph.Node) {
    let runs = BroadcastRuns(shape(node.inputs[0]), shape(node.inputs[1]))
    let kernel = ElementwiseKernel(kernels: floatKernels)
    let (left, right) = (plain(node.inputs[0]), plain(node.inputs[1]))
    let output = newPlain(node.results[0])
    append(
      WorkStep(kernel.binaryName) { memory in
        // One run is shared by all workers; of several, each takes some.
        let isOne = runs.runs == 1
        let part =
          isOne ? memory.share(of: runs.count, blocks: 64) : 0..<runs.count
        for run in isOne ? 0..<1 : memory.share(of: runs.runs) {
          let start = runs.starts(of: run)
          kernel.combine(
            function, memory.floats(left) + start.left + (runs.leftIsOne ? 0 : part.lowerBound),
            memory.floats(right) + start.right + (runs.rightIsOne ? 0 : part.lowerBound), runs,
            output: memory.writeFloats(output) + run * runs.count + part.lowerBound, count: part.count)
        }
      }, reads: [left, right], writes: [output])
  }
}

extension ElementwiseKernel {
  /// Computes a run of `function(left, right)`, of which an operand can be one float.
  fileprivate func combine(
    _ function: BinaryFunction, _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, _ runs: BroadcastRuns,
    output: UnsafeMutablePointer<Float>, count: Int
  ) {
    if runs.leftIsOne {
      combineFloats(function, right, .scalar(left[0]), swapped: true, output: output, count: count)
    } else {
      combineFloats(
        function, left, runs.rightIsOne ? .scalar(right[0]) : .same(right), swapped: false, output: output, count: count
      )
    }
  }
}
