import Tensors

extension Operations {
  /// Pads a value with a constant, or with its own elements.
  ///
  /// Input: x of any element type; one that can represent the constant, if there is one. Result: x with longer axes, or
  /// shorter ones where the numbers are negative.
  public struct Pad: Operation {
    /// `pad`.
    public static let name = "pad"
    /// The number of elements to add before each axis; negative to remove some.
    public var before: [Int]
    /// The number of elements to add after each axis; negative to remove some.
    public var after: [Int]
    /// The constant; 0 in other modes.
    public var value: Float
    /// What is added.
    public var mode: Mode

    /// What padding adds to an axis.
    public enum Mode: String, Sendable, Codable, CaseIterable {
      /// The constant.
      case constant
      /// The first or last element again and again.
      case edge
      /// The elements mirrored at the first or last one, which is not repeated.
      case reflect
      /// The elements of the other end.
      case wrap

      /// Returns the index of the element that stands at an index outside of an axis, for modes other than the constant.
      func source(of index: Int, length: Int) -> Int {
        switch self {
        case .constant, .edge: return min(max(index, 0), length - 1)
        case .wrap: return (index % length + length) % length
        case .reflect:
          let period = max(2 * (length - 1), 1)
          let place = (index % period + period) % period
          return min(place, period - place) % length
        }
      }
    }

    /// Creates padding.
    ///
    /// - Parameters:
    ///   - before: The number of elements to add before each axis; negative to remove some.
    ///   - after: The number of elements to add after each axis; negative to remove some.
    ///   - value: The constant.
    ///   - mode: What is added.
    public init(before: [Int], after: [Int], value: Float = 0, mode: Mode = .constant) {
      self.before = before
      self.after = after
      self.value = value
      self.mode = mode
    }

    /// Returns the type of x with the added lengths.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .any)
      guard before.count == inputs[0].rank, after.count == inputs[0].rank,
        (before + after).allSatisfy({ (-1 << 20...1 << 20).contains($0) })
      else { throw ShapeError("there must be sensible padding for each of \(inputs[0].rank) axes") }
      for (axis, length) in inputs[0].shape.enumerated() {
        // What is removed is not mirrored or repeated.
        let rest = (length.value ?? .max) - max(-before[axis], 0) - max(-after[axis], 0)
        let isPadded = before[axis] > 0 || after[axis] > 0
        guard rest >= (mode != .constant && isPadded ? 1 : 0) else {
          throw ShapeError("the padding leaves nothing of axis \(axis)")
        }
      }
      guard inputs[0].elementType.holds(Double(value)) else {
        throw ShapeError("\(inputs[0].elementType) values cannot be surrounded with \(value)")
      }
      return [
        ValueType(
          inputs[0].shape.enumerated().map { $1.floorDivided(adding: before[$0] + after[$0], by: 1) },
          elementType: inputs[0].elementType)
      ]
    }

    /// Clips are independent, unless the batch is padded.
    public var facts: OperationFacts {
      OperationFacts(reach: before.first == 0 && after.first == 0 ? .clip : .batch, cost: .uncounted, integers: .none)
    }

    /// Returns x without what is removed, and with what is added around it.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let rest = inputs[0].shape.indices.reduce(inputs[0]) { x, axis in
        let (start, end) = (max(-before[axis], 0), x.shape[axis] - max(-after[axis], 0))
        return start == 0 && end == x.shape[axis] ? x : Reference.slice(x, axis: axis, start: start, end: end, step: 1)
      }
      let (added, addedAfter) = (before.map { max($0, 0) }, after.map { max($0, 0) })
      return mode == .constant
        ? [Reference.pad(rest, before: added, after: addedAfter, value: value)]
        : [Reference.pad(rest, before: added, after: addedAfter, mode)]
    }
  }
}

extension Operations.Pad {
  private enum CodingKeys: String, CodingKey {
    case before, after, value, mode
  }

  /// Writes the mode only if it is not the constant, as files from before there were others have none.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(before, forKey: .before)
    try container.encode(after, forKey: .after)
    try container.encode(value, forKey: .value)
    if mode != .constant { try container.encode(mode, forKey: .mode) }
  }

  /// Reads the attributes; the mode is the constant unless it is given.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      before: try container.decode([Int].self, forKey: .before),
      after: try container.decode([Int].self, forKey: .after),
      value: try container.decode(Float.self, forKey: .value),
      mode: try container.decodeIfPresent(Mode.self, forKey: .mode) ?? .constant)
  }
}
