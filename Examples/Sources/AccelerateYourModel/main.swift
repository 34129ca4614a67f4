// The program of the article "Accelerate your model with the transmuter".
import CPU
import Foundation
import IR
import Passes
import Tensors
import VideoAccelerator

let path = CommandLine.arguments.dropFirst().first ?? "Samples/causal.onnx"
let model = try Model(path)
print(model.graph.inputTypes, "→", model.graph.outputTypes)

let shape = [1, 3, 8, 112, 112]
let before = try Transmuter(target: .host).deploy(model, inputShapes: [shape])
print(before.report.text)

let pad = Part<Operations.Pad>("pad")
let convolution = Part<Operations.Convolution>("convolution")
let causal = Rewrite(
  "causal_depthwise", block: "causal_depthwise",
  pattern: Pattern(
    convolution, where: { $0.window.rank == 3 && $0.groups > 1 },
    operands: [.onlyUse(of: Pattern(pad, where: { $0.mode == .constant && $0.value == 0 }))]),
  refusal: { match in
    let (pad, convolution) = (match[pad].operation, match[convolution])
    guard (pad.before + pad.after).allSatisfy({ $0 >= 0 }) else { return "it removes elements" }
    guard pad.before.prefix(2) + pad.after.prefix(2) == [0, 0, 0, 0] else { return "it pads more than T, H and W" }
    let channels = match.type(convolution.inputs[1]).shape[0]
    return channels == .fixed(convolution.operation.groups) ? nil : "it is not depthwise"
  }
) { match, rewriter throws(GraphError) in
  var window = match[convolution].operation.window
  for axis in 0..<3 {
    window.paddingBefore[axis] += match[pad].operation.before[axis + 2]
    window.paddingAfter[axis] += match[pad].operation.after[axis + 2]
  }
  let inputs = match[convolution].inputs
  guard let path = match.path(inputs[1]), let weight = match.tensor(inputs[1]) else { return [] }
  let packed = rewriter.addParameter(path, weight.reshaped(to: [weight.shape[0]] + window.kernel))
  return try rewriter.add(
    Operations.Depthwise(window: window),
    inputs: [try rewriter.value(for: match[pad].inputs[0]), packed, try rewriter.value(for: inputs[2])],
    standingFor: [match[pad].index, match[convolution].index])
}

let after = try Transmuter(target: .host, rules: [causal]).deploy(model, inputShapes: [shape])
print(after.report.text)

let clip = RandomWeights.clips(shape, seed: 1)
let sessions = try [before, after].map { try Session($0.model.plan(inputShapes: shape), threads: 1) }
var times = [[Duration]](repeating: [], count: 2)
for _ in 0..<20 {
  for (index, session) in sessions.enumerated() {
    times[index].append(try ContinuousClock().measure { _ = try session.run(clip) })
  }
}
for (name, times) in zip(["before", "after"], times) { print(name, times.sorted()[times.count / 2]) }

// What the article does not show: the rule keeps the meaning, and it found all three blocks.
let scores = try sessions.map { try $0.run(clip)[0].elements(as: Float.self) }
guard zip(scores[0], scores[1]).allSatisfy({ abs($0 - $1) < 1e-4 }) else { fatalError("the rule changes the scores") }
let pads = [before, after].map { $0.model.graph.nodes.count { $0.operation is Operations.Pad } }
guard pads == [3, 0] else { fatalError("\(pads) paddings before and after") }
