import Tensors

/// The source of a parameter's values: one tensor of the file, or the parts that pruning and parametrizations store
/// instead.
enum TensorSource: Sendable {
  /// The tensor itself.
  case plain(StateDict.Entry)
  /// `torch.nn.utils.prune`: `weight_orig` times `weight_mask`.
  case masked(StateDict.Entry, mask: StateDict.Entry)
  /// `torch.nn.utils.weight_norm`: `weight_g · weight_v / ‖weight_v‖`, the norm over all axes in which g has length 1.
  case normalized(magnitude: StateDict.Entry, direction: StateDict.Entry)

  var shape: [Int] { main.shape }

  /// The part with the parameter's shape.
  var main: StateDict.Entry {
    switch self {
    case .plain(let entry), .masked(let entry, _): entry
    case .normalized(_, let direction): direction
    }
  }

  /// Whether the parts have the same rank and matching shapes.
  var isConsistent: Bool {
    switch self {
    case .plain: true
    case .masked(let entry, let mask): entry.shape == mask.shape && entry.elementType.isFloatingPoint
    case .normalized(let magnitude, let direction):
      direction.elementType.isFloatingPoint && magnitude.elementType.isFloatingPoint
        && (magnitude.shape.isEmpty
          || magnitude.shape.count == direction.shape.count
            && zip(magnitude.shape, direction.shape).allSatisfy { $0 == 1 || $0 == $1 })
    }
  }

  /// Returns the parameter's values.
  ///
  /// - Throws: `FormatError` if elements are damaged or missing.
  func tensor(_ read: inout TensorReader) throws(FormatError) -> Tensor {
    switch self {
    case .plain(let entry): return try read(entry)
    case .masked(let entry, let mask):
      let values = try read(entry).converted(to: .float32).elements(as: Float.self)
      let factors = try read(mask).converted(to: .float32).elements(as: Float.self)
      return Tensor(zip(values, factors).map { $0 * $1 }, shape: entry.shape)
    case .normalized(let magnitude, let direction):
      return Self.normalized(try read(direction), magnitude: try read(magnitude))
    }
  }

  private static func normalized(_ direction: Tensor, magnitude: Tensor) -> Tensor {
    var values = direction.converted(to: .float32).elements(as: Float.self)
    let magnitudes = magnitude.converted(to: .float32).elements(as: Float.self)
    // The index of the magnitude for each value.
    var places = [Int](repeating: 0, count: values.count)
    var (step, magnitudeStep) = (1, 1)
    for axis in direction.shape.indices.reversed() {
      let length = direction.shape[axis]
      if !magnitude.shape.isEmpty, magnitude.shape[axis] > 1 {
        for index in values.indices { places[index] += index / step % length * magnitudeStep }
        magnitudeStep *= length
      }
      step *= length
    }
    var squares = [Double](repeating: 0, count: magnitudes.count)
    for (value, place) in zip(values, places) { squares[place] += Double(value) * Double(value) }
    let factors = zip(magnitudes, squares).map { $1 > 0 ? Float(Double($0) / $1.squareRoot()) : 0 }
    for index in values.indices { values[index] *= factors[places[index]] }
    return Tensor(values, shape: direction.shape)
  }
}

extension StateDict {
  /// Returns the parameters by their names without the parts that wrappers and parametrizations of their module add, in
  /// the file's order.
  func parameters() -> [(name: String, source: TensorSource)] {
    var byName: [String: Entry] = [:]
    var names: [String] = []
    for entry in entries {
      let plain = Self.unwrapped(entry.name)
      let name = byName[plain] == nil ? plain : entry.name
      if byName.updateValue(entry, forKey: name) == nil { names.append(name) }
    }
    var used: Set<String> = []
    var parameters: [(name: String, source: TensorSource)] = []
    for name in names {
      guard let entry = byName[name], !used.contains(name) else { continue }
      if let (whole, source, partner) = Self.pair(name, entry, in: byName), source.isConsistent, byName[whole] == nil {
        used.insert(partner)
        parameters.append((whole, source))
      } else {
        parameters.append((name, .plain(entry)))
      }
    }
    return parameters.filter { !used.contains($0.name) }
  }

  /// Returns what the end of a name says about the parameter that it is part of.
  private static func pair(
    _ name: String, _ entry: Entry, in entries: [String: Entry]
  ) -> (whole: String, source: TensorSource, partner: String)? {
    if name.hasSuffix("_orig"), case let whole = String(name.dropLast(5)), let mask = entries["\(whole)_mask"] {
      return (whole, .masked(entry, mask: mask), "\(whole)_mask")
    }
    if name.hasSuffix("_v"), case let whole = String(name.dropLast(2)), let magnitude = entries["\(whole)_g"] {
      return (whole, .normalized(magnitude: magnitude, direction: entry), "\(whole)_g")
    }
    let (part, suffix) = ("parametrizations.", ".original1")
    if name.hasSuffix(suffix), let range = name.ranges(of: part).last,
      case let stem = String(name.dropLast(suffix.count)), let magnitude = entries["\(stem).original0"]
    {
      let whole = name[..<range.lowerBound] + stem[range.upperBound...]
      return (String(whole), .normalized(magnitude: magnitude, direction: entry), "\(stem).original0")
    }
    return nil
  }

  /// The modules that compilers and data parallelism wrap around others.
  private static let wrappers: Set<Substring> = [
    "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module",
  ]

  /// Returns a name without the parts that compilers and data parallelism add.
  static func unwrapped(_ name: String) -> String {
    guard name.contains("_") else { return name }
    return name.split(separator: ".", omittingEmptySubsequences: false).filter { !wrappers.contains($0) }
      .joined(separator: ".")
  }
}
