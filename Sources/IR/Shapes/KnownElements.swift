import Tensors

/// An operation whose results are elements of its inputs, selected by attributes and by other inputs.
///
/// It moves expressions as well as numbers, so that shape inference sees through it.
protocol ElementMoving: Operation {
  /// Returns whether results consist of elements of the input with this index; the other inputs select them.
  func moves(input: Int) -> Bool
}

extension Operation {
  /// Returns the types of results with what follows of their elements from those of the inputs.
  func addingElements(to results: [ValueType], from inputs: [ValueType]) -> [ValueType] {
    guard !inputs.isEmpty, inputs.allSatisfy({ $0.elements != nil }), results.allSatisfy(\.canHaveElements) else {
      return results
    }
    guard let elements = knownElements(inputs, results) else { return results }
    return zip(results, elements).map { type, elements in
      var type = type
      type.elements = elements
      return type
    }
  }

  /// Returns the elements of each result; nil if they are not known.
  private func knownElements(_ inputs: [ValueType], _ results: [ValueType]) -> [[Dimension]]? {
    let numbers = inputs.compactMap { $0.knownTensor }
    if numbers.count == inputs.count { return (try? evaluate(numbers))?.map(\.dimensions) }
    if self is Operations.Cast { return inputs[0].elements.map { [$0] } }
    if let moving = self as? any ElementMoving { return moving.moved(inputs) }
    if let binary = self as? Operations.Binary, let a = inputs[0].elements, let b = inputs[1].elements {
      return binary.function.elements(a, b).map { [$0] }
    }
    return nil
  }
}

extension ElementMoving {
  /// Returns the moved elements: the operation moves their numbers in a list of all.
  fileprivate func moved(_ inputs: [ValueType]) -> [[Dimension]]? {
    var all: [Dimension] = []
    var operands: [Tensor] = []
    for (index, type) in inputs.enumerated() {
      guard let elements = type.elements, let shape = type.fixedShape else { return nil }
      if moves(input: index) {
        let numbers = (all.count..<all.count + elements.count).map { Int64($0) }
        operands.append(Tensor(numbers, shape: shape))
        all += elements
      } else {
        guard let tensor = type.knownTensor else { return nil }
        operands.append(tensor)
      }
    }
    return (try? evaluate(operands))?.map { $0.elements(as: Int64.self).map { all[Int($0)] } }
  }
}

extension BinaryFunction {
  /// Returns the function of each pair of expressions, where one of two values has one element or both have as many;
  /// nil for functions of which nothing is known.
  fileprivate func elements(_ a: [Dimension], _ b: [Dimension]) -> [Dimension]? {
    let count = max(a.count, b.count)
    guard [1, count].contains(a.count), [1, count].contains(b.count), a.count > 0, b.count > 0 else { return nil }
    var result: [Dimension] = []
    for index in 0..<count {
      guard let element = dimension(a[a.count == 1 ? 0 : index], b[b.count == 1 ? 0 : index]) else { return nil }
      result.append(element)
    }
    return result
  }

  private func dimension(_ a: Dimension, _ b: Dimension) -> Dimension? {
    if let a = a.value, let b = b.value { return number(a, b).map { .fixed($0) } }
    switch (self, a.value, b.value) {
    case (.add, 0, _), (.multiply, 1, _): return b
    case (.add, _, 0), (.subtract, _, 0), (.multiply, _, 1), (.divide, _, 1): return a
    case (.multiply, 0, _), (.multiply, _, 0): return 0
    // Lengths are not negative.
    case (.equal, nil, let b?) where b < 0: return 0
    case (.equal, let a?, nil) where a < 0: return 0
    case (.equal, _, _), (.less, _, _), (.lessOrEqual, _, _), (.greater, _, _), (.greaterOrEqual, _, _): return nil
    default: return .computed("(\(a)\(symbol)\(b))")
    }
  }

  private func number(_ a: Int, _ b: Int) -> Int? {
    let (value, overflow) =
      switch self {
      case .add: a.addingReportingOverflow(b)
      case .subtract: a.subtractingReportingOverflow(b)
      case .multiply: a.multipliedReportingOverflow(by: b)
      case .divide: a.dividedReportingOverflow(by: b)
      case .maximum: (max(a, b), false)
      case .minimum: (min(a, b), false)
      default: (0, true)
      }
    return overflow ? nil : value
  }

  private var symbol: String {
    switch self {
    case .add: "+"
    case .subtract: "-"
    case .multiply: "*"
    case .divide: "/"
    default: " \(rawValue) "
    }
  }
}

extension ValueType {
  /// The number of elements that are taken down of a value: more than any shape has, and few enough that inference
  /// stays fast.
  static var mostElements: Int { 1024 }

  /// Whether its elements can be taken down: a small value of integers or booleans.
  var canHaveElements: Bool {
    guard [.int64, .int32, .bool].contains(elementType), let extent else { return false }
    return extent <= Self.mostElements * elementType.byteCount
  }

  /// The elements as a tensor, if all are known numbers.
  var knownTensor: Tensor? {
    guard let elements, let shape = fixedShape, shape.reduce(1, *) == elements.count else { return nil }
    let numbers = elements.compactMap(\.value)
    guard numbers.count == elements.count else { return nil }
    switch elementType {
    case .int64: return Tensor(numbers.map { Int64($0) }, shape: shape)
    case .int32:
      let numbers = numbers.compactMap { Int32(exactly: $0) }
      return numbers.count == elements.count ? Tensor(numbers, shape: shape) : nil
    case .bool: return Tensor(numbers.map { $0 != 0 }, shape: shape)
    default: return nil
    }
  }

  /// Returns the type of a tensor, with its elements if they can be taken down.
  package static func known(_ tensor: Tensor) -> ValueType {
    var type = ValueType(tensor)
    if type.canHaveElements { type.elements = tensor.dimensions }
    return type
  }
}

extension Tensor {
  /// The elements of a tensor of integers or booleans as lengths.
  fileprivate var dimensions: [Dimension] { integers.map { .fixed($0) } }

  /// The elements as integers; those of booleans are 0 and 1, and of floating-point numbers none.
  package var integers: [Int] {
    switch elementType {
    case .int64: elements(as: Int64.self).map { Int($0) }
    case .int32: elements(as: Int32.self).map { Int($0) }
    case .int8: elements(as: Int8.self).map { Int($0) }
    case .uint8: elements(as: UInt8.self).map { Int($0) }
    case .bool: elements(as: Bool.self).map { $0 ? 1 : 0 }
    default: []
    }
  }
}
