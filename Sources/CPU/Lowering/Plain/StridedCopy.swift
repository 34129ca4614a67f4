import IR
import Tensors

/// Elements that are copied from places at strides to places at other strides, such as a permutation of axes.
struct StridedCopy: Sendable {
  /// An axis: its length, and the distance of neighbours in the source and in the target, in elements.
  private typealias Axis = (length: Int, source: Int, target: Int)

  private let outer: [Axis]
  private let inner: Axis
  private let first: (source: Int, target: Int)
  private let elementSize: Int

  /// Creates a copy.
  ///
  /// - Parameters:
  ///   - shape: The length of each axis.
  ///   - source: The distance of neighbours along each axis in the source.
  ///   - target: That in the target.
  ///   - first: The index of the first element in the source and in the target.
  ///   - elementType: The type of the elements.
  init(
    shape: [Int], source: [Int], target: [Int], first: (source: Int, target: Int) = (0, 0), elementType: ElementType
  ) {
    // From the last axis on, an axis joins the one after it if both sides go on in the same way.
    var axes: [Axis] = []
    for (length, (source, target)) in zip(shape, zip(source, target)).reversed() where length != 1 {
      if let last = axes.last, source == last.source * last.length, target == last.target * last.length {
        axes[axes.count - 1].length *= length
      } else {
        axes.append((length, source, target))
      }
    }
    inner = axes.first ?? (1, 1, 1)
    outer = axes.dropFirst().reversed()
    self.first = first
    elementSize = elementType.byteCount
  }

  /// Copies a worker's share.
  func run(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ memory: WorkerMemory) {
    let rows = outer.reduce(1) { $0 * $1.length }
    // One row is shared by all workers; of several, each takes some.
    let part = rows == 1 ? memory.share(of: inner.length) : 0..<inner.length
    for row in rows == 1 ? 0..<1 : memory.share(of: rows) {
      var (rest, from, to) = (
        row, first.source + part.lowerBound * inner.source, first.target + part.lowerBound * inner.target
      )
      for axis in outer.reversed() {
        from += rest % axis.length * axis.source
        to += rest % axis.length * axis.target
        rest /= axis.length
      }
      copyRow(source + from * elementSize, target + to * elementSize, part.count)
    }
  }

  private func copyRow(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int) {
    if inner.source == 1, inner.target == 1 {
      target.copyMemory(from: source, byteCount: count * elementSize)
      return
    }
    switch elementSize {
    case 8: copyElements(source, target, count, as: UInt64.self)
    case 4: copyElements(source, target, count, as: UInt32.self)
    case 2: copyElements(source, target, count, as: UInt16.self)
    default: copyElements(source, target, count, as: UInt8.self)
    }
  }

  private func copyElements<Element>(
    _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int, as _: Element.Type
  ) {
    let from = source.assumingMemoryBound(to: Element.self)
    let to = target.assumingMemoryBound(to: Element.self)
    for index in 0..<count { to[index &* inner.target] = from[index &* inner.source] }
  }
}

extension [Int] {
  /// The distance of neighbours along each axis of a row-major value with this shape.
  var rowMajorStrides: [Int] {
    var (strides, step) = ([Int](), 1)
    for length in reversed() {
      strides.append(step)
      step *= length
    }
    return strides.reversed()
  }
}

extension PlanBuilder {
  /// Adds a copy of elements between plain values.
  func append(_ copy: StridedCopy, from source: Location, to target: Location) {
    append(
      WorkStep("copy_elements") { memory in copy.run(from: memory.read(source), to: memory.write(target), memory) },
      reads: [source], writes: [target])
  }

  /// Adds a copy of a value's elements at strides to a whole result; returns false if there are none.
  ///
  /// - Parameters:
  ///   - node: The node, whose first input is the source.
  ///   - result: The result.
  ///   - shape: The result's shape, or another one of as many elements.
  ///   - first: The index of the first element.
  ///   - strides: The distance of neighbours in the source along each axis.
  func lowerCopy(
    _ node: Graph.Node, to result: Graph.ValueID, shape: [Int], first: Int = 0, strides: [Int]
  ) -> Bool {
    guard !shape.contains(0) else { return false }
    let source = plain(node.inputs[0])
    let target = newPlain(result)
    append(
      StridedCopy(
        shape: shape, source: strides, target: shape.rowMajorStrides, first: (first, 0),
        elementType: graph.type(result).elementType), from: source, to: target)
    return true
  }
}
