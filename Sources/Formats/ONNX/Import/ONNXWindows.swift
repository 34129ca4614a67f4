import IR

extension ONNXImportedNode {
  /// Returns the window of a convolution or pool by its attributes.
  func window(kernel: [Int]) throws(ONNXRefusal) -> Window {
    let ones = kernel.map { _ in 1 }
    let stride = integers("strides") ?? ones
    let dilation = integers("dilations") ?? ones
    if let declared = integers("kernel_shape"), declared != kernel {
      throw ONNXRefusal("its kernel_shape \(declared) is not that of its weight, \(kernel)")
    }
    guard stride.count == kernel.count, dilation.count == kernel.count else {
      throw ONNXRefusal("it has \(kernel.count) axes, but strides \(stride) and dilations \(dilation)")
    }
    guard (kernel + stride + dilation).allSatisfy({ (1...1 << 20).contains($0) }) else {
      throw ONNXRefusal("kernel \(kernel), stride \(stride) and dilation \(dilation) must be from 1 to \(1 << 20)")
    }
    let pads = try pads(kernel: kernel, stride: stride, dilation: dilation)
    guard pads.allSatisfy({ (-1 << 32...1 << 32).contains($0) }) else {
      throw ONNXRefusal("its pads \(pads) are too large")
    }
    return Window(
      kernel: kernel, stride: stride, paddingBefore: Array(pads.prefix(kernel.count)),
      paddingAfter: Array(pads.suffix(kernel.count)), dilation: dilation)
  }

  /// Returns the padding before and after each axis, as it is given or as `auto_pad` says.
  private func pads(kernel: [Int], stride: [Int], dilation: [Int]) throws(ONNXRefusal) -> [Int] {
    let rule = string("auto_pad", default: "NOTSET")
    switch rule {
    case "NOTSET", "":
      let pads = integers("pads") ?? [Int](repeating: 0, count: kernel.count * 2)
      guard pads.count == kernel.count * 2 else {
        throw ONNXRefusal("its pads \(pads) do not fit \(kernel.count) axes")
      }
      return pads
    case "VALID": return [Int](repeating: 0, count: kernel.count * 2)
    case "SAME_UPPER", "SAME_LOWER":
      var before: [Int] = []
      var after: [Int] = []
      let shape = try type(0).shape
      guard shape.count == kernel.count + 2 else { throw ONNXRefusal("its input has \(shape.count) axes") }
      for axis in kernel.indices {
        let total = try samePadding(
          shape[axis + 2], kernel: kernel[axis], stride: stride[axis], dilation: dilation[axis])
        let less = total / 2
        before.append(rule == "SAME_UPPER" ? less : total - less)
        after.append(rule == "SAME_UPPER" ? total - less : less)
      }
      return before + after
    default: throw ONNXRefusal("its auto_pad '\(rule.printable)' is not known")
    }
  }

  /// Returns the padding with which an axis has ⌈length / stride⌉ results.
  private func samePadding(_ length: Dimension, kernel: Int, stride: Int, dilation: Int) throws(ONNXRefusal) -> Int {
    let span = (kernel - 1) * dilation + 1
    // Without a stride it is the same for all lengths.
    if stride == 1 { return span - 1 }
    guard let length = length.value else {
      throw ONNXRefusal("its auto_pad needs lengths that are known: give the inputs' shapes")
    }
    return max((length + stride - 1) / stride * stride - stride + span - length, 0)
  }

  /// Adds a pool.
  func pooled(_ function: PoolingFunction, countsPadding: Bool) throws -> ONNXValue {
    guard let kernel = integers("kernel_shape") else { throw ONNXRefusal("it has no kernel_shape") }
    guard node.output.count == 1 else { throw ONNXRefusal("its second output, indices, is not supported") }
    let type = try type(0).elementType
    let pool = try Operations.Pool(
      function, window: window(kernel: kernel), countsPadding: countsPadding,
      roundsUp: flag("ceil_mode", default: false))
    return try cast(add(pool, cast(input(0), to: .float32)), to: type)
  }

  /// Returns the axes of a reduction, in ascending order: all if none are named.
  func reducedAxes(rank: Int) throws(ONNXRefusal) -> [Int] {
    let axes = try integers(attribute: "axes", orInput: 1) ?? []
    if axes.isEmpty { return flag("noop_with_empty_axes", default: false) ? [] : Array(0..<rank) }
    return try Self.axes(axes, rank: rank)
  }
}
