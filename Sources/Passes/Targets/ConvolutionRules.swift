import IR
import Tensors

/// The transmuter's rules for convolutions, from which a target device selects and orders its own.
///
/// Each is for one form of window, and says why a convolution of that form is not its block: dense ones of any padding, stride and
/// dilation are, depthwise ones of regular windows. Batch norms are folded before; activations and residuals are fused after.
public enum ConvolutionRules {
  private static let convolution = Part<Operations.Convolution>("convolution")

  /// 1×1×1, dense, with any stride and no padding.
  public static let pointwise = rule(EfficientBlock.pointwise, where: { $0.kernel.allSatisfy { $0 == 1 } }) { match in
    let (window, groups) = (match[convolution].operation.window, match[convolution].operation.groups)
    guard groups == 1 else { return "it has \(groups) groups" }
    guard (window.paddingBefore + window.paddingAfter).allSatisfy({ $0 == 0 }) else {
      return "it pads its input by \(window.paddingBefore) and \(window.paddingAfter)"
    }
    return nil
  }

  /// 3×3×3, depthwise.
  public static let depthwise = Rewrite(
    EfficientBlock.depthwise, block: EfficientBlock.depthwise,
    pattern: Pattern(convolution, where: { $0.window.kernel == [3, 3, 3] && $0.groups > 1 }),
    refusal: { $0.isDepthwise($0[convolution]) ? $0.irregularity($0[convolution]) : $0.grouping($0[convolution]) },
    replacement: replacement)

  /// k×1×1, dense or depthwise.
  public static let temporal = rule(
    EfficientBlock.temporal, where: { $0.rank == 3 && $0.kernel[0] > 1 && $0.kernel[1...] == [1, 1] }
  ) { match in
    if match[convolution].operation.groups == 1 { return nil }
    return match.grouping(match[convolution]) ?? match.irregularity(match[convolution])
  }

  /// 1×k×k, or k×k in 2D, dense or depthwise.
  public static let spatial = rule(
    EfficientBlock.spatial,
    where: { $0.kernel.suffix(2).allSatisfy { $0 > 1 } && $0.kernel.dropLast(2).allSatisfy { $0 == 1 } }
  ) { match in
    if match[convolution].operation.groups == 1 { return nil }
    let kernel = match[convolution].operation.window.kernel
    guard kernel[kernel.count - 1] == kernel[kernel.count - 2] else { return "its window \(kernel) is not square" }
    return match.grouping(match[convolution]) ?? match.irregularity(match[convolution])
  }

  /// k×k×k, dense.
  public static let spatiotemporal = Rewrite(
    EfficientBlock.spatiotemporal, block: EfficientBlock.spatiotemporal,
    pattern: Pattern(
      convolution,
      where: { $0.groups == 1 && $0.window.rank == 3 && $0.window.kernel[0] > 1 && $0.window.kernel[1...] != [1, 1] }),
    refusal: { $0.computedWeight($0[convolution]) }, replacement: replacement)

  /// Any other convolution: not an efficient block, but still fused with what follows it.
  public static let general = Rewrite(
    "general_convolution", pattern: Pattern(convolution),
    refusal: { $0.tensor($0[convolution].inputs[1]) == nil ? "its weight is computed" : nil },
    replacement: replacement)

  private static func rule(
    _ block: String, where hasForm: @escaping @Sendable (Window) -> Bool,
    refusal: @escaping @Sendable (Match) -> String?
  ) -> Rewrite {
    Rewrite(
      block, block: block, pattern: Pattern(convolution, where: { hasForm($0.window) }),
      refusal: { $0.computedWeight($0[convolution]) ?? refusal($0) }, replacement: replacement)
  }

  /// Replaces a convolution by the efficient operation with its attributes.
  private static let replacement: @Sendable (Match, inout GraphRewriter) throws(GraphError) -> [GraphRewriter.Value] = {
    match, rewriter in
    let part = match[convolution]
    let (window, groups) = (part.operation.window, part.operation.groups)
    let path = match.path(part.inputs[1]) ?? ""
    let operation: any Operation
    var weight = try rewriter.value(for: part.inputs[1])
    let tensor = match.tensor(part.inputs[1]) ?? Tensor(zeros: [0])
    if groups == 1, window.isPointwise {
      operation = Operations.Pointwise(stride: window.stride)
      weight = rewriter.addParameter(path, tensor.reshaped(to: Array(tensor.shape.prefix(2))))
    } else if match.isDepthwise(part) {
      operation = Operations.Depthwise(window: window)
      weight = rewriter.addParameter(path, tensor.reshaped(to: [tensor.shape[0]] + window.kernel))
    } else {
      operation = Operations.FusedConvolution(window: window, groups: groups)
    }
    let inputs = [try rewriter.value(for: part.inputs[0]), weight, try match.bias(of: part, &rewriter)]
    return try rewriter.add(operation, inputs: inputs, standingFor: [part.index])
  }
}

extension Match {
  /// Returns whether each channel has its own group and one result.
  fileprivate func isDepthwise(_ part: MatchedNode<Operations.Convolution>) -> Bool {
    let groups = Dimension.fixed(part.operation.groups)
    return groups != 1 && type(part.inputs[0]).shape[1] == groups && type(part.inputs[1]).shape[0] == groups
  }

  /// Returns that the weight is computed; nil if it is a parameter.
  fileprivate func computedWeight(_ part: MatchedNode<Operations.Convolution>) -> String? {
    tensor(part.inputs[1]) == nil ? "its weight is computed, not a parameter" : nil
  }

  /// Returns why the groups are neither one nor depthwise; nil if they are.
  fileprivate func grouping(_ part: MatchedNode<Operations.Convolution>) -> String? {
    if part.operation.groups == 1 || isDepthwise(part) { return nil }
    let (inputs, outputs) = (type(part.inputs[0]).shape[1], type(part.inputs[1]).shape[0])
    return "its \(part.operation.groups) groups of \(inputs) to \(outputs) channels are not depthwise"
  }

  /// Returns why the window does not move as the efficient blocks' windows do; nil if it does. On an axis of one
  /// element, dilation has no effect.
  fileprivate func irregularity(_ part: MatchedNode<Operations.Convolution>) -> String? {
    let window = part.operation.window
    guard window.paddingBefore == window.paddingAfter else {
      return "its padding is asymmetric, \(window.paddingBefore) before and \(window.paddingAfter) after"
    }
    guard zip(window.kernel, window.dilation).allSatisfy({ $0 == 1 || $1 == 1 }) else {
      return "its dilation is \(window.dilation)"
    }
    guard zip(window.kernel, window.paddingBefore).allSatisfy({ $0 > 1 || $1 == 0 }) else {
      return "it pads \(window.paddingBefore) where its window \(window.kernel) is one element wide"
    }
    let spatial = window.stride.suffix(2)
    return Set(spatial).count == 1 ? nil : "its strides in H and W, \(Array(spatial)), differ"
  }
}
