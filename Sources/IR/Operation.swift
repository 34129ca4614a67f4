import Tensors

/// A kind of computation in a graph, with its attributes: a pure function from tensors to tensors.
///
/// The attributes are the stored properties, which `Codable` encodes under their names and in their order. Each
/// operation has a file in `Operations/` and a row in `OperationRegistry`.
public protocol Operation: Sendable, Codable, Equatable {
  /// The name in the text form and in files.
  static var name: String { get }

  /// Returns the types of the results for inputs of the given types.
  ///
  /// - Throws: ``ShapeError`` that says what does not fit.
  func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType]

  /// Returns the results, computed by the reference implementation.
  ///
  /// - Precondition: The inputs passed ``resultTypes(_:)``.
  /// - Throws: ``ValueError`` if the operation cannot take the inputs' values, such as an index that is out of range.
  func evaluate(_ inputs: [Tensor]) throws(ValueError) -> [Tensor]

  /// The properties of the operation with these attributes.
  var facts: OperationFacts { get }
}

extension Operation {
  /// Returns the results, computed by the reference implementation; an error names the operation and its scope.
  ///
  /// - Parameters:
  ///   - inputs: The inputs, which passed ``resultTypes(_:)``.
  ///   - scope: The path of the layer that added the operation.
  /// - Throws: ``GraphError/operation(_:scope:inputs:reason:)`` if the operation cannot take the inputs' values.
  package func evaluate(_ inputs: [Tensor], scope: String) throws(GraphError) -> [Tensor] {
    do throws(ValueError) { return try evaluate(inputs) } catch {
      throw .operation(name, scope: scope, inputs: inputs.map { ValueType($0) }, reason: error.reason)
    }
  }

  /// Returns the number of multiply-adds for inputs and results with these shapes; see ``OperationFacts/Cost``.
  ///
  /// - Parameters:
  ///   - inputs: The shapes of the inputs.
  ///   - results: The shapes of the results.
  public func multiplyAdds(inputs: [[Int]], results: [[Int]]) -> Int {
    switch facts.cost {
    case .uncounted: 0
    case .multiplyAdds(let count): count(inputs, results)
    }
  }

  /// The name in the text form and in files.
  public var name: String { Self.name }

  /// Returns whether the other operation is of the same kind and has the same attributes.
  public func isEqual(to other: any Operation) -> Bool { (other as? Self) == self }
}

extension Array where Element == ValueType {
  /// Checks that the number of inputs is in `counts`, and that each has one of the element types, which is `any` for an
  /// operation that only moves elements.
  func require(_ counts: ClosedRange<Int>, of types: [ElementType]) throws(ShapeError) {
    guard counts.contains(count) else {
      let expected =
        counts.lowerBound == counts.upperBound ? "\(counts.lowerBound)" : "\(counts.lowerBound) to \(counts.upperBound)"
      throw ShapeError("it takes \(expected) input\(counts.upperBound == 1 ? "" : "s")")
    }
    guard allSatisfy({ types.contains($0.elementType) }) else {
      let names = types == .numbers ? "numbers" : types.map(\.rawValue).joined(separator: " or ") + " values"
      throw ShapeError("it takes \(names)")
    }
  }

  /// Checks that all inputs have the first one's element type.
  func requireOneType() throws(ShapeError) {
    guard allSatisfy({ $0.elementType == first?.elementType }) else {
      throw ShapeError("all inputs must have the same element type")
    }
  }
}

extension [ElementType] {
  /// All types, for operations that only move elements.
  static var any: [ElementType] { ElementType.allCases }
}

extension ValueType {
  /// Checks that the shape is compatible with `expected`; `what` names the value in the error.
  func require(_ expected: [Dimension], _ what: String) throws(ShapeError) {
    guard rank == expected.count, zip(shape, expected).allSatisfy({ $0.isCompatible(with: $1) }) else {
      throw ShapeError("\(what) must be [\(expected.map(\.description).joined(separator: ", "))]")
    }
  }

  /// Returns the length of an axis that has to be known when the graph is built (channels).
  func requireFixed(_ axis: Int, _ what: String) throws(ShapeError) -> Int {
    guard rank > axis, let length = shape[axis].value else { throw ShapeError("\(what) must be a known number") }
    return length
  }

  /// Checks that the value has one of the element types; `what` names it in the error.
  func require(_ types: [ElementType], _ what: String) throws(ShapeError) {
    guard types.contains(elementType) else {
      throw ShapeError("\(what) must be \(types.map(\.rawValue).joined(separator: " or "))")
    }
  }

  /// Checks axes: each is one of the value's, once.
  func requireAxes(_ axes: [Int]) throws(ShapeError) {
    guard Set(axes).count == axes.count else { throw ShapeError("the axes \(axes) repeat") }
    for axis in axes { try requireAxis(axis) }
  }

  /// Checks an axis number.
  func requireAxis(_ axis: Int) throws(ShapeError) {
    guard shape.indices.contains(axis) else { throw ShapeError("it has no axis \(axis)") }
  }
}
