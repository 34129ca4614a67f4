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

  /// Adds the slices of some axes.
  func sliced() throws -> ONNXValue {
    let rank = try rank()
    let old = operatorSet < 10
    guard let starts = try old ? integers("starts") : integers(1, "starts"),
      let ends = try old ? integers("ends") : integers(2, "ends"), starts.count == ends.count
    else { throw ONNXRefusal("its starts and ends do not belong together") }
    let axes = try (old ? integers("axes") : integers(3, "axes")) ?? Array(starts.indices)
    let steps = try (old ? nil : integers(4, "steps")) ?? starts.map { _ in 1 }
    guard axes.count == starts.count, steps.count == starts.count else {
      throw ONNXRefusal("its axes or steps are not as many as its starts")
    }
    var result = try input(0)
    for index in starts.indices {
      let axis = try Self.axis(axes[index], rank: rank)
      result = try slice(result, axis: axis, from: starts[index], to: ends[index], by: steps[index])
    }
    return result
  }

  private func slice(_ x: ONNXValue, axis: Int, from start: Int, to end: Int, by step: Int) throws -> ONNXValue {
    if start == 0, step == 1, end >= Int(Int32.max) { return x }
    guard step > 0 else { throw ONNXRefusal("its step \(step) is not supported") }
    return try add(Operations.Slice(axis: axis, start: start, end: end, step: step), x)
  }

  /// Adds padding with a constant.
  func padded() throws -> ONNXValue {
    let mode = string("mode", default: "constant")
    guard mode == "constant" else { throw ONNXRefusal("its mode '\(mode.printable)' is not supported") }
    let old = operatorSet < 11
    guard let pads = try old ? integers("pads") : integers(1, "pads") else { throw ONNXRefusal("it has no pads") }
    let value = try old ? float("value", default: 0) : number(2, "value") ?? 0
    let rank = try rank()
    let axes = try Self.axes(integers(3, "axes") ?? Array(0..<rank), rank: rank)
    guard pads.count == axes.count * 2 else { throw ONNXRefusal("its pads \(pads) do not fit \(axes.count) axes") }
    var before = [Int](repeating: 0, count: rank)
    var after = before
    for (index, axis) in axes.enumerated() {
      before[axis] = pads[index]
      after[axis] = pads[axes.count + index]
    }
    return try add(Operations.Pad(before: before, after: after, value: value), input(0))
  }
}
