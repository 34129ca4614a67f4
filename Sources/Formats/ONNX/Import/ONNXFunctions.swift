import IR
import Tensors

// What rows need that become several operations, or whose attributes are checked.

extension ONNXImportedNode {
  /// Returns a value as another element type; floating-point types are float32.
  func cast(_ x: ONNXValue, to type: ElementType) throws -> ONNXValue {
    let target = type.isFloatingPoint ? ElementType.float32 : type
    return try self.type(of: x).elementType == target ? x : add(Operations.Cast(to: target), x)
  }

  /// Adds a binary function. Maximum and minimum take any number of inputs, which is two in most files.
  func binary(_ function: BinaryFunction) throws -> ONNXValue {
    if function != .maximum, function != .minimum { _ = try input(1) }
    return try allInputs().dropFirst().reduce(input(0)) { try add(Operations.Binary(function), $0, $1) }
  }

  /// Adds a power, whose exponent can be of another type than the base and the result.
  func power() throws -> ONNXValue {
    let (base, exponent) = (try type(0).elementType, try type(1).elementType)
    guard base != exponent else { return try binary(.power) }
    let common = base.isFloatingPoint || exponent.isFloatingPoint ? ElementType.float32 : base
    let operands = try [cast(input(0), to: common), cast(input(1), to: common)]
    return try cast(add(Operations.Binary(.power), operands), to: base)
  }

  /// Adds consecutive numbers: those of other types than int64 must be known.
  func range() throws -> ONNXValue {
    let type = try type(0).elementType
    if type == .int64 {
      // Some files have numbers with an axis of length 1.
      let numbers = try (0..<3).map { index in
        try rank(index) == 0 ? input(index) : add(Operations.Reshape([]), input(index))
      }
      return try add(Operations.IntegerRange(), numbers)
    }
    guard let start = try number(0, "start"), let limit = try number(1, "limit"), let step = try number(2, "step"),
      case let count = ((limit - start) / step).rounded(.up), count < 1_048_576
    else { throw ONNXRefusal("it has no sensible length") }
    // Start and step times 0, 1, 2 and so on.
    let indices = ONNXValue.integers(Array(0..<Int(max(count, 0))))
    let steps = try add(Operations.Binary(.multiply), cast(indices, to: type), input(2))
    return try add(Operations.Binary(.add), steps, input(0))
  }

  /// Adds the limits that there are; for floating-point numbers whose limits are known as one operation.
  func clipped() throws -> ONNXValue {
    let old = operatorSet < 11
    let x = try input(0)
    guard try type(0).elementType.isFloatingPoint, old || (isKnown(1) && isKnown(2)) else {
      var result = x
      if has(1) { result = try add(Operations.Binary(.maximum), result, input(1)) }
      if has(2) { result = try add(Operations.Binary(.minimum), result, input(2)) }
      return result
    }
    let least = try old ? float("min", default: -.greatestFiniteMagnitude) : number(1, "min") ?? -.infinity
    let most = try old ? float("max", default: .greatestFiniteMagnitude) : number(2, "max") ?? .infinity
    if least == 0, most == .infinity { return try add(Operations.Activation(.relu), x) }
    return try add(Operations.ParametricActivation(.clip, alpha: least, beta: most), x)
  }

  /// Returns whether an input is known or left out.
  private func isKnown(_ index: Int) -> Bool {
    guard inputs.indices.contains(index), let value = inputs[index] else { return true }
    if case .tensor = value { return true } else { return false }
  }

  /// Returns a linear layer with a bias, where a known vector is added to one without; nil for other sums. So a layer that
  /// exporters write as two is the classifier that training replaces.
  func biased(_ x: ONNXValue, _ y: ONNXValue) throws -> ONNXValue? {
    for (sum, bias) in [(x, y), (y, x)] {
      guard case .tensor(let tensor, _) = bias, let layer = importer.producer(of: sum), layer.inputs.count == 2,
        layer.operation is Operations.Linear, try type(of: layer.inputs[1]).shape.first == .fixed(tensor.count),
        tensor.rank == 1
      else { continue }
      return try add(Operations.Linear(), layer.inputs + [bias])
    }
    return nil
  }

  // MARK: Normalization

  /// Returns the scale of a norm over the last axes, from `axis` on.
  func normalizationScale() throws -> ONNXValue {
    let rank = try rank()
    let axis = try axis(default: -1, rank: rank)
    let scale = try input(1)
    if try type(of: scale).rank == rank - axis { return scale }
    // A scale may broadcast, but a norm's has all of its axes.
    let lengths = try type(0).shape[axis...].compactMap(\.value)
    guard lengths.count == rank - axis else {
      throw ONNXRefusal("the lengths of the axes from \(axis) on must be known")
    }
    return try add(Operations.Expand(shape: lengths), scale)
  }

  /// Adds the mean that a norm over the last axes subtracts, and the factor by which it then multiplies.
  func moments(epsilon: Float) throws -> [ONNXValue] {
    let rank = try rank()
    let mean = try Operations.Mean(axes: Array(axis(default: -1, rank: rank)..<rank), keepsAxes: true)
    let average = try add(mean, input(0))
    let difference = try add(Operations.Binary(.subtract), input(0), average)
    let variance = try add(mean, add(Operations.Binary(.multiply), difference, difference))
    let deviation = try add(Operations.Unary(.sqrt), add(Operations.Binary(.add), variance, .number(epsilon)))
    return try [average, add(Operations.Unary(.reciprocal), deviation)]
  }

  /// Adds a softmax: over an axis, or before operator set 13 over all axes from one on.
  func softmax(_ operation: (Int) -> any Operation) throws -> ONNXValue {
    let rank = try rank()
    let axis = try axis(default: operatorSet < 13 ? 1 : -1, rank: rank)
    guard operatorSet < 13, axis < rank - 1 else { return try add(operation(axis), input(0)) }
    let lengths = try type(0).shape[axis...].compactMap(\.value)
    guard lengths.count == rank - axis else {
      throw ONNXRefusal("the lengths of the axes from \(axis) on must be known: give the inputs' shapes")
    }
    let rows = try add(Operations.Reshape([-1, lengths.reduce(1, *)]), input(0))
    return try reshaped(add(operation(1), rows), like: input(0))
  }

  /// Adds a group norm, whose scale and shift are of groups before operator set 21, and of channels since.
  func groupNorm() throws -> ONNXValue {
    let groups = integer("num_groups", default: 0)
    guard let channels = try type(0).shape.dropFirst().first?.value, groups > 0, channels % groups == 0 else {
      throw ONNXRefusal("its channels do not split into \(groups) groups")
    }
    let parameters = try [1, 2].map { index -> ONNXValue in
      guard operatorSet < 21 else { return try input(index) }
      let column = try add(Operations.Reshape([groups, 1]), input(index))
      let repeated = try add(Operations.Expand(shape: [groups, channels / groups]), column)
      return try add(Operations.Reshape([channels]), repeated)
    }
    return try add(
      Operations.GroupNorm(groups: groups, epsilon: float("epsilon", default: 1e-5)), [input(0)] + parameters)
  }

  // MARK: Indices

  /// Returns how a scatter reduces updates with elements.
  func scatterReduction() throws(ONNXRefusal) -> BinaryFunction? {
    switch string("reduction", default: "none") {
    case "none": nil
    case "add": .add
    case "mul": .multiply
    case "max": .maximum
    case "min": .minimum
    case let name: throw ONNXRefusal("its reduction '\(name.printable)' is not known")
    }
  }

  /// Adds a split of an axis into parts of given lengths, or of equal ones.
  func split() throws -> [ONNXValue] {
    let axis = try axis(default: 0, rank: rank())
    if let lengths = try integers(attribute: "split", orInput: 1) {
      return try addAll(Operations.Split(axis: axis, lengths: lengths), [input(0)])
    }
    let count = integer("num_outputs", default: node.output.count)
    guard let length = try type(0).shape[axis].value, (1...1 << 16).contains(count) else {
      throw ONNXRefusal("the length of axis \(axis) must be known: give the inputs' shapes")
    }
    let part = (length + count - 1) / count
    let lengths = (0..<count).map { min(part, max(length - $0 * part, 0)) }
    return try addAll(Operations.Split(axis: axis, lengths: lengths), [input(0)])
  }

  // MARK: Windows

  /// Adds a transposed convolution, whose padding can follow from the result's shape.
  func transposedConvolution() throws -> ONNXValue {
    guard let kernel = try type(1).fixedShape?.dropFirst(2), !kernel.isEmpty else {
      throw ONNXRefusal("its weight has no window")
    }
    var window = try window(kernel: Array(kernel))
    var extra = integers("output_padding") ?? kernel.map { _ in 0 }
    guard extra.count == kernel.count, extra.allSatisfy({ (0...1 << 20).contains($0) }) else {
      throw ONNXRefusal("its output_padding \(extra) does not fit \(kernel.count) axes")
    }
    let rule = string("auto_pad", default: "NOTSET")
    if let target = integers("output_shape") ?? sameLengths(rule, window) {
      let lengths = try type(0).shape.dropFirst(2).compactMap(\.value)
      guard target.count == kernel.count, lengths.count == kernel.count else {
        throw ONNXRefusal("its output_shape needs lengths that are known: give the inputs' shapes")
      }
      for axis in target.indices {
        guard (0...1 << 40).contains(target[axis]) else { throw ONNXRefusal("its output_shape \(target) is too large") }
        let total = window.stride[axis] * (lengths[axis] - 1) + extra[axis] + window.span(axis) - target[axis]
        // A larger shape adds elements at the end.
        extra[axis] += max(-total, 0)
        let padding = max(total, 0)
        window.paddingBefore[axis] = rule == "SAME_UPPER" ? padding / 2 : padding - padding / 2
        window.paddingAfter[axis] = padding - window.paddingBefore[axis]
      }
    }
    return try add(
      Operations.TransposedConvolution(window: window, groups: integer("group", default: 1), extra: extra), allInputs())
  }

  /// Returns the lengths that an `auto_pad` of the same size means: the stride times those of the input.
  private func sameLengths(_ rule: String, _ window: Window) -> [Int]? {
    guard rule.hasPrefix("SAME"), let shape = try? type(0).shape.dropFirst(2).compactMap(\.value),
      shape.count == window.rank
    else { return nil }
    return zip(shape, window.stride).map { $0 * $1 }
  }

  // MARK: Recurrent layers

  /// Returns the order in which a recurrent layer reads.
  func direction() throws(ONNXRefusal) -> Operations.Direction {
    let name = string("direction", default: "forward")
    guard let direction = Operations.Direction(rawValue: name) else {
      throw ONNXRefusal("its direction '\(name.printable)' is not known")
    }
    return direction
  }

  /// Returns x, both weights and the bias of a recurrent layer; a bias that is left out is zero.
  func recurrentInputs(gates: Int, activations: [String]) throws -> [ONNXValue] {
    let given = strings("activations") ?? []
    for (index, name) in given.enumerated()
    where name.lowercased() != activations[index % activations.count].lowercased() {
      throw ONNXRefusal("its activation \(name.printable) is not supported")
    }
    guard floats("clip") == nil, !node.attribute.contains(where: { $0.name == "clip" }) else {
      throw ONNXRefusal("its clip is not supported")
    }
    if has(4) {
      let lengths = try integers(4, "sequence_lens") ?? []
      let steps = try type(0).shape.dropFirst(batchIsFirst ? 1 : 0).first?.value
      guard lengths.allSatisfy({ $0 == steps }) else {
        throw ONNXRefusal("sequences of several lengths are not supported")
      }
    }
    let shape = try type(2).shape.compactMap(\.value)
    guard shape.count == 3 else { throw ONNXRefusal("its recurrent weight must have three axes of known lengths") }
    let (directions, size) = (shape[0], 2 * gates * shape[2])
    guard Tensor.byteCount(shape: [directions, size], elementType: .float32).map({ $0 < 1 << 28 }) ?? false else {
      throw ONNXRefusal("its bias would be too large")
    }
    let bias = has(3) ? try input(3) : .tensor(Tensor(zeros: [directions, size], elementType: .float32), name: nil)
    return try [batchSecond(input(0)), input(1), input(2), bias]
  }

  /// Adds a recurrent layer.
  func recurrent(
    _ operation: any Operation, _ inputs: [ONNXValue], states: [ONNXValue], _ peepholes: [ONNXValue] = []
  ) throws -> [ONNXValue] {
    let results = try addAll(operation, inputs + states.map { try batchSecond($0) } + peepholes)
    guard batchIsFirst else { return results }
    return try results.enumerated().map { try add(Operations.Permute($0 == 0 ? [2, 0, 1, 3] : [1, 0, 2]), $1) }
  }

  /// Whether the batch is the first axis of a recurrent layer's input, states and results.
  private var batchIsFirst: Bool { flag("layout", default: false) }

  /// Returns an input or state of a recurrent layer with the batch as its second axis.
  private func batchSecond(_ x: ONNXValue) throws -> ONNXValue {
    try batchIsFirst ? add(Operations.Permute([1, 0, 2]), x) : x
  }
}
