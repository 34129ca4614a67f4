import Tensors

extension Operations {
  /// The integers from a start to a limit, which is not among them.
  ///
  /// Inputs: start, limit and step, int64 without axes; the step is not 0. Result: int64 `[⌈(limit − start) / step⌉]`.
  public struct IntegerRange: Operation {
    /// `range`.
    public static let name = "range"

    /// Creates the operation.
    public init() {}

    /// Returns int64 with one axis, whose length is known if the inputs are.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(3...3, of: [.int64])
      for input in inputs { try input.require([] as [Dimension], "each input") }
      let numbers = inputs.compactMap { $0.knownTensor?.integers.first }
      guard numbers.count == 3 else {
        let names = inputs.map { $0.elements?.first?.description ?? "" }
        return [ValueType([.computed("range(\(names.joined(separator: " ")))")], elementType: .int64)]
      }
      guard numbers[2] != 0 else { throw ShapeError("the step is 0") }
      let count = Self.sequence(numbers).count
      guard count <= 1 << 24 else { throw ShapeError("the range has \(count) elements, which is too many") }
      return [ValueType([.fixed(count)], elementType: .int64)]
    }

    /// It takes shapes, which belong to the whole batch.
    public var facts: OperationFacts { OperationFacts(reach: .batch, cost: .uncounted, integers: .none) }

    /// Returns the integers.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let integers = Self.sequence(inputs.flatMap(\.integers))
      return [Tensor(integers.map { Int64($0) }, shape: [integers.count])]
    }

    /// Returns the integers from start to limit; none if the step is 0.
    private static func sequence(_ numbers: [Int]) -> some Collection<Int> {
      let (start, limit, step) = (numbers[0], numbers[1], numbers[2])
      let (distance, overflow) = limit.subtractingReportingOverflow(start)
      let isEmpty = step == 0 || overflow || (step > 0) != (distance > 0) || distance == 0
      let count = isEmpty ? 0 : Int(clamping: (distance.magnitude - 1) / step.magnitude + 1)
      return (0..<count).lazy.map { start + $0 * step }
    }
  }
}
