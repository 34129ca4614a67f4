import Tensors

/// A kind of computation in a graph, with its attributes: a pure function from tensors to tensors.
///
/// The attributes are the stored properties, coded by `Codable` under their names, in their order. Each operation is
/// one file in `Operations/` and one row of `OperationRegistry`.
public protocol Operation: Sendable, Codable, Equatable {
  /// The name in text form and in files.
  static var name: String { get }

  /// The types of the results for inputs of the given types.
  ///
  /// - Throws: ``ShapeError`` that says what does not fit.
  func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType]

  /// The results, computed by the reference kernels.
  ///
  /// - Precondition: the inputs passed ``resultTypes(_:)``.
  func evaluate(_ inputs: [Tensor]) -> [Tensor]

  /// What else is known of it, with these attributes.
  var facts: OperationFacts { get }
}

extension Operation {
  /// How many multiply-adds it takes for inputs and results of these shapes; see ``OperationFacts/Cost``.
  public func multiplyAdds(inputs: [[Int]], results: [[Int]]) -> Int {
    switch facts.cost {
    case .uncounted: 0
    case .multiplyAdds(let count): count(inputs, results)
    }
  }

  /// The name in text form and in files.
  public var name: String { Self.name }

  /// Whether the other operation is of the same kind and has the same attributes.
  public func isEqual(to other: any Operation) -> Bool { (other as? Self) == self }
}

extension Array where Element == ValueType {
  /// Checks that there are as many inputs as `counts` allows, and that each is of one of `types`: what an operation computes with,
  /// or `any` if it only moves elements.
  func require(_ counts: ClosedRange<Int>, of types: [ElementType]) throws(ShapeError) {
    guard counts.contains(count) else {
      let expected =
        counts.lowerBound == counts.upperBound ? "\(counts.lowerBound)" : "\(counts.lowerBound) to \(counts.upperBound)"
      throw ShapeError("it takes \(expected) input\(counts.upperBound == 1 ? "" : "s")")
    }
    guard allSatisfy({ types.contains($0.elementType) }) else {
      throw ShapeError("it takes \(types.map(\.rawValue).joined(separator: " or ")) values")
    }
  }
}

extension [ElementType] {
  /// Every type: for operations that move elements without looking at them.
  static var any: [ElementType] { ElementType.allCases }
}

extension ValueType {
  /// Checks that the shape is compatible with `expected`; `what` names the value in the error.
  func require(_ expected: [Dimension], _ what: String) throws(ShapeError) {
    guard rank == expected.count, zip(shape, expected).allSatisfy({ $0.isCompatible(with: $1) }) else {
      throw ShapeError("\(what) must be [\(expected.map(\.description).joined(separator: ", "))]")
    }
  }

  /// The length of an axis that has to be known when the graph is built (channels).
  func requireFixed(_ axis: Int, _ what: String) throws(ShapeError) -> Int {
    guard rank > axis, let length = shape[axis].value else { throw ShapeError("\(what) must be a known number") }
    return length
  }

  /// Checks an axis number.
  func requireAxis(_ axis: Int) throws(ShapeError) {
    guard shape.indices.contains(axis) else { throw ShapeError("it has no axis \(axis)") }
  }
}
