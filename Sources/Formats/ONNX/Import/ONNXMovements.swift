import IR
import Tensors

extension ONNXImportedNode {
  /// Adds a reshape to a target shape, which need not be known.
  func reshape() throws -> ONNXValue {
    let x = try input(0)
    let shape = try type(0).shape
    if let target = try? integers(1, "shape") {
      // In the target 0 copies an axis, unless it means itself.
      guard flag("allowzero", default: false), target.contains(0) else { return try add(Operations.Reshape(target), x) }
      let lengths = target.map { Dimension.fixed($0) }
      guard let attribute = Self.attribute(for: lengths, of: shape) else {
        throw ONNXRefusal("its target shape \(target) has axes without elements")
      }
      return try add(Operations.Reshape(attribute), x)
    }
    let target = try type(1)
    // −1 in the target is a length that follows, as in the attribute.
    if let elements = target.elements, !elements.contains(0), elements.count(where: { ($0.value ?? 1) < 0 }) <= 1,
      let attribute = Self.attribute(for: elements, of: shape)
    {
      return try add(Operations.Reshape(attribute), x)
    }
    return try add(Operations.ReshapeTo(), x, input(1))
  }

  /// Returns a value with the shape of another one that has as many elements.
  func reshaped(_ x: ONNXValue, like other: ONNXValue) throws -> ONNXValue {
    let shape = try type(of: other).shape
    if let target = Self.attribute(for: shape, of: try type(of: x).shape) {
      return try add(Operations.Reshape(target), x)
    }
    return try add(Operations.ReshapeTo(), x, add(Operations.Shape(), other))
  }

  /// Adds the slices of some axes, whose bounds need not be known.
  func sliced() throws -> ONNXValue {
    let rank = try rank()
    let old = operatorSet < 10
    if !old, let known = try? integers(1, "starts"), let ends = try? integers(2, "ends") {
      return try sliced(rank: rank, known, ends, axes: integers(3, "axes"), steps: integers(4, "steps"))
    }
    if old {
      guard let starts = integers("starts"), let ends = integers("ends") else { throw ONNXRefusal("it has no bounds") }
      return try sliced(rank: rank, starts, ends, axes: integers("axes"), steps: nil)
    }
    guard let count = try type(1).shape.first?.value else {
      throw ONNXRefusal("the number of its bounds must be known")
    }
    let axes = try integers(3, "axes") ?? Array(0..<count)
    let steps = try integers(4, "steps") ?? axes.map { _ in 1 }
    guard axes.count == count, steps.count == count else {
      throw ONNXRefusal("its axes or steps are not as many as its bounds")
    }
    var result = try input(0)
    for index in 0..<count {
      let axis = try Self.axis(axes[index], rank: rank)
      let bounds = try [1, 2].map { try add(Operations.Slice(axis: 0, start: index, end: index + 1), input($0)) }
      let start = try cast(bounds[0], to: .int64)
      result = try add(Operations.SliceTo(axis: axis, step: steps[index]), result, start, cast(bounds[1], to: .int64))
    }
    return result
  }

  private func sliced(rank: Int, _ starts: [Int], _ ends: [Int], axes: [Int]?, steps: [Int]?) throws -> ONNXValue {
    let axes = axes ?? Array(starts.indices)
    let steps = steps ?? starts.map { _ in 1 }
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count else {
      throw ONNXRefusal("its starts, ends, axes and steps are not equally many")
    }
    var result = try input(0)
    for index in starts.indices {
      let axis = try Self.axis(axes[index], rank: rank)
      let (start, end, step) = (starts[index], ends[index], steps[index])
      // All of the axis is no slice.
      if start == 0, step == 1, end >= Int(Int32.max) { continue }
      result = try add(Operations.Slice(axis: axis, start: start, end: end, step: step), result)
    }
    return result
  }

  /// Adds padding.
  func padded() throws -> ONNXValue {
    let name = string("mode", default: "constant")
    guard let mode = Operations.Pad.Mode(rawValue: name) else {
      throw ONNXRefusal("its mode '\(name.printable)' is not known")
    }
    let old = operatorSet < 11
    guard let pads = try old ? integers("pads") : integers(1, "pads") else { throw ONNXRefusal("it has no pads") }
    let value = try old ? float("value", default: 0) : number(2, "value") ?? 0
    let rank = try rank()
    // In the order of the pads.
    let axes = try (integers(3, "axes") ?? Array(0..<rank)).map { try Self.axis($0, rank: rank) }
    guard Set(axes).count == axes.count else { throw ONNXRefusal("an axis is named twice in \(axes)") }
    guard pads.count == axes.count * 2 else { throw ONNXRefusal("its pads \(pads) do not fit \(axes.count) axes") }
    var before = [Int](repeating: 0, count: rank)
    var after = before
    for (index, axis) in axes.enumerated() {
      before[axis] = pads[index]
      after[axis] = pads[axes.count + index]
    }
    return try add(
      Operations.Pad(before: before, after: after, value: mode == .constant ? value : 0, mode: mode), input(0))
  }
}
