import Formats
import Tensors

/// The names of X3D's parameters in checkpoints: PyTorchVideo's, which are the model's own, and SlowFast's.
///
/// SlowFast's X3D normalizes every projected shortcut, PyTorchVideo's only those that change the width. The shortcut's
/// batch norm is folded into its convolution (scale) and into the bias of the batch norm at the end of the other branch
/// (shift): both are added before the block's activation, so the block computes the same.
struct X3DNaming: ParameterNaming {
  /// PyTorchVideo's or SlowFast's.
  enum Source {
    case pyTorchVideo, slowFast
  }

  let source: Source

  var name: String? { source == .slowFast ? "SlowFast" : nil }

  func translated(_ name: String) -> String? { source == .slowFast ? Self.fromSlowFast(name) : name }

  private static let stem = ["conv_xy": "conv.conv_t", "conv": "conv.conv_xy", "bn": "norm"]
  private static let block = [
    "branch1": "branch1_conv", "branch1_bn": "branch1_norm", "branch2.a": "branch2.conv_a",
    "branch2.a_bn": "branch2.norm_a", "branch2.b": "branch2.conv_b", "branch2.b_bn": "branch2.norm_b.0",
    "branch2.se.fc1": "branch2.norm_b.1.block.0", "branch2.se.fc2": "branch2.norm_b.1.block.2",
    "branch2.c": "branch2.conv_c", "branch2.c_bn": "branch2.norm_c",
  ]
  private static let head = [
    "conv_5": "pool.pre_conv", "conv_5_bn": "pool.pre_norm", "lin_5": "pool.post_conv", "lin_5_bn": "pool.post_norm",
    "projection": "proj",
  ]

  /// Translates `s1.pathway0_stem.conv_xy.weight` → `blocks.0.conv.conv_t.weight`; the stem's spatial convolution is
  /// the one that PyTorchVideo calls `conv_t`.
  private static func fromSlowFast(_ name: String) -> String? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 3, let first = parts.first, let parameter = parts.last else { return nil }
    if first == "head" {
      return head[parts[1..<parts.count - 1].joined(separator: ".")].map { "blocks.5.\($0).\(parameter)" }
    }
    let layer = parts[2..<parts.count - 1].joined(separator: ".")
    if first == "s1", parts[1] == "pathway0_stem" { return stem[layer].map { "blocks.0.\($0).\(parameter)" } }
    let prefix = "pathway0_res"
    guard let stage = ["s2", "s3", "s4", "s5"].firstIndex(of: first), parts[1].hasPrefix(prefix),
      let index = Int(parts[1].dropFirst(prefix.count)), let inner = block[layer]
    else { return nil }
    return "blocks.\(stage + 1).res_blocks.\(index).\(inner).\(parameter)"
  }

  // MARK: - The shortcut's batch norm

  private static let statistics = ["weight", "bias", "running_mean", "running_var"]

  func additional(to expected: [ExpectedTensor], in names: Set<String>) -> [ExpectedTensor] {
    let known = Set(expected.map(\.name))
    return expected.flatMap { parameter -> [ExpectedTensor] in
      guard let block = Self.block(ofShortcut: parameter.name), let width = parameter.shape.first,
        known.contains("\(block).branch2.norm_c.bias"), !known.contains("\(block).branch1_norm.weight"),
        names.contains("\(block).branch1_norm.weight")
      else { return [] }
      return Self.statistics.map { ExpectedTensor(name: "\(block).branch1_norm.\($0)", shape: [width]) }
    }
  }

  func absorb(_ additional: [String: Tensor], into weights: inout [String: Tensor]) {
    let epsilon: Float = 1e-5
    for shortcut in weights.keys {
      guard let block = Self.block(ofShortcut: shortcut), let kernel = weights[shortcut],
        let bias = weights["\(block).branch2.norm_c.bias"]
      else { continue }
      let norm = Self.statistics.compactMap { additional["\(block).branch1_norm.\($0)"]?.elements(as: Float.self) }
      guard norm.count == Self.statistics.count else { continue }
      let scale = norm[0].indices.map { norm[0][$0] / (norm[3][$0] + epsilon).squareRoot() }
      let inputs = kernel.count / max(scale.count, 1)
      let kernels = kernel.elements(as: Float.self)
      let biases = bias.elements(as: Float.self)
      weights[shortcut] = Tensor(kernels.indices.map { kernels[$0] * scale[$0 / inputs] }, shape: kernel.shape)
      weights["\(block).branch2.norm_c.bias"] = Tensor(
        biases.indices.map { biases[$0] + norm[1][$0] - norm[2][$0] * scale[$0] }, shape: bias.shape)
    }
  }

  private static func block(ofShortcut name: String) -> Substring? {
    let suffix = ".branch1_conv.weight"
    return name.hasSuffix(suffix) ? name.dropLast(suffix.count) : nil
  }
}
