import IR
import Tensors

/// What a clip graph computes of a whole video if nothing is padded in time: the definition of the continual form.
///
/// Each value is computed for every frame for which all that it needs is there, under the frame's number in the video.
/// It is for networks in original form. There are no steps and no states: where two values meet, they meet under their numbers.
struct UnpaddedClip {
  private enum Value {
    case still(Tensor)
    /// The frames `[N, C, 1, H, W]` of a value; of one of all frames, its value for the clip that ends with the frame.
    case frames([Int: Tensor])
  }

  let graph: Graph
  let weights: [String: Tensor]
  /// The number of frames of the last mean; nil for the clip's.
  var headWindow: Int?

  /// A clip graph with the shape of a clip.
  init(_ graph: Graph, weights: [String: Tensor], clipShape: [Int], headWindow: Int? = nil) throws {
    self.graph = try graph.specialized(to: [clipShape])
    self.weights = weights
    self.headWindow = headWindow
  }

  /// The first output, by the number of the frame that it is for.
  func output(_ frames: [Tensor]) throws -> [Int: Tensor] {
    var values: [Graph.ValueID: Value] = [:]
    values[graph.inputs[0]] = .frames(Dictionary(uniqueKeysWithValues: frames.enumerated().map { ($0, $1) }))
    for parameter in graph.parameters {
      values[parameter.value] = weights[parameter.path].map { .still($0.converted(to: .float32)) }
    }
    let last = graph.nodes.lastIndex { summary(of: $0) != nil }
    for (index, node) in graph.nodes.enumerated() {
      let inputs = node.inputs.compactMap { values[$0] }
      let window = index == last ? headWindow : nil
      for (id, value) in zip(node.results, try evaluate(node, inputs, window)) { values[id] = value }
    }
    guard case .frames(let result)? = values[graph.outputs[0]] else { return [:] }
    return result
  }

  private func length(_ id: Graph.ValueID) -> Int { graph.type(id).fixedShape?[2] ?? 1 }

  private func evaluate(_ node: Graph.Node, _ inputs: [Value], _ window: Int?) throws -> [Value] {
    switch node.operation {
    case let convolution as Operations.Convolution:
      return try slide(convolution.window, inputs) {
        Operations.Convolution(window: $0, groups: convolution.groups).evaluate($1)
      }
    case let pool as Operations.Pool:
      var own = pool.window
      if summary(of: node) != nil { own.kernel[0] = window ?? length(node.inputs[0]) }
      return try slide(own, inputs, endsWithNewest: summary(of: node) != nil) {
        Operations.Pool(pool.function, window: $0, countsPadding: pool.countsPadding).evaluate($1)
      }
    case let operation as Operations.Mean:
      guard let axes = summary(of: node) else { break }
      let result = mean(inputs[0], axes: axes, over: window ?? length(node.inputs[0]))
      guard case .frames(let frames) = result, !operation.keepsAxes else { return [result] }
      return [
        .frames(
          frames.mapValues {
            $0.reshaped(to: $0.shape.enumerated().filter { !axes.contains($0.offset) }.map(\.element))
          })
      ]
    case let operation as Operations.AdaptivePool:
      guard operation.function == .average else { break }
      return [mean(inputs[0], axes: [2, 3, 4], over: window ?? length(node.inputs[0]))]
    default: break
    }
    return try meet(inputs) { try node.operation.evaluate($0) }
  }

  /// The axes of a mean over all frames; nil for other nodes.
  private func summary(of node: Graph.Node) -> [Int]? {
    guard let x = node.inputs.first, graph.type(x).rank == 5, length(x) > 1 else { return nil }
    switch node.operation {
    case let mean as Operations.Mean: return mean.axes.contains(2) ? mean.axes : nil
    case is Operations.AdaptivePool: return [2, 3, 4]
    case let pool as Operations.Pool: return pool.window.kernel[0] == length(x) ? [2, 3, 4] : nil
    default: return nil
    }
  }

  /// Frame `i` of the result is computed of those that the window has there; the other inputs meet it.
  private func slide(
    _ window: Window, _ inputs: [Value], endsWithNewest: Bool = false, _ evaluate: (Window, [Tensor]) -> [Tensor]
  ) throws -> [Value] {
    let (count, spacing) = (window.kernel[0], window.dilation[0])
    let first = endsWithNewest ? (count - 1) * spacing : window.paddingBefore[0]
    var unpadded = window
    (unpadded.paddingBefore[0], unpadded.paddingAfter[0], unpadded.dilation[0], unpadded.stride[0]) = (0, 0, 1, 1)
    guard case .frames(let frames) = inputs[0] else { return try meet(inputs) { evaluate(window, $0) } }
    var windows: [Int: Tensor] = [:]
    for i in frames.keys {
      let taps = (0..<count).compactMap { frames[i - first + $0 * spacing] }
      if taps.count == count { windows[i] = Reference.concatenate(taps, axis: 2) }
    }
    return try meet([.frames(windows)] + inputs.dropFirst()) { evaluate(unpadded, $0) }
  }

  /// The mean of all elements of the newest frames, computed at once.
  private func mean(_ value: Value, axes: [Int], over count: Int) -> Value {
    guard case .frames(let frames) = value else { return value }
    var means: [Int: Tensor] = [:]
    for i in frames.keys {
      let taps = (0..<count).reversed().compactMap { frames[i - $0] }
      if taps.count == count { means[i] = Reference.mean(Reference.concatenate(taps, axis: 2), axes: axes) }
    }
    return .frames(means)
  }

  /// Evaluates an operation for each frame that all inputs have.
  private func meet(_ inputs: [Value], _ evaluate: ([Tensor]) throws -> [Tensor]) throws -> [Value] {
    let numbers = inputs.compactMap { value -> Set<Int>? in
      if case .frames(let frames) = value { Set(frames.keys) } else { nil }
    }
    guard var common = numbers.first else {
      return try evaluate(inputs.compactMap { if case .still(let tensor) = $0 { tensor } else { nil } }).map {
        .still($0)
      }
    }
    for others in numbers { common.formIntersection(others) }
    var results: [[Int: Tensor]] = [[:]]
    for i in common {
      let tensors = inputs.map { value -> Tensor in
        switch value {
        case .still(let tensor): tensor
        case .frames(let frames): frames[i] ?? Tensor(zeros: [])
        }
      }
      let values = try evaluate(tensors)
      while results.count < values.count { results.append([:]) }
      for (position, value) in values.enumerated() { results[position][i] = value }
    }
    return results.map { .frames($0) }
  }
}
