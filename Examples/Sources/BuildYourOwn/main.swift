// The program of the article "Build your own efficient model".
import Autotune
import Foundation
import IR
import VideoAccelerator

let net = Graph.build(input: .clip(channels: 3)) { clip in
  let stem = Conv3dTemporalKernel1BnAct(3, 24, spatialKernel: 3, spatialStride: 2, spatialPadding: 1)
  var x = stem(clip, name: "stem")
  for (index, (channels, out)) in [(24, 24), (24, 48), (48, 96)].enumerated() {
    let block = X3DBottleneckBlock(
      channels, mid: 9 * out / 4, out: out, spatialStride: 2, activations: (.relu, .swish, .relu))
    x = block(x, name: "block\(index + 1)")
  }
  return Classifier(classCount: 4)(x, name: "head")
}

let shape = [1, 3, 8, 112, 112]
let blocks = try net.specialized(to: [shape]).blocks()
for block in blocks {
  print(block.path, block.outputShape, block.parameters, "parameters", block.multiplyAdds ?? 0, "multiply-adds")
}

let latencies = try BlockLatencies(HostMeasurer(threads: 1)).latencies(of: net.specialized(to: [shape]))
for latency in latencies {
  print(latency.block.path, String(format: "%.3f ms", latency.milliseconds))
}

let clips = RandomWeights.clips([2] + shape.dropFirst(), seed: 1)
let weights = try RandomWeights.make(for: net, seed: 1, measuringOn: [clips])
let mine = Model(name: "mine", graph: net, weights: weights, labels: ["clap", "jump", "run", "wave"])
let deployed = try Transmuter(target: .host).deploy(mine, inputShapes: [shape])
print(deployed.report.text)

let model = deployed.model
let session = try Session(model.plan(inputShapes: shape), threads: 1)
let clip = RandomWeights.clips(shape, seed: 2)
let scores = try session.run(clip)[0].elements(as: Float.self)
for (label, score) in zip(model.labels, scores) { print(label, score) }

// What the article does not show: the model and its file compute what the network does.
let path = NSTemporaryDirectory() + "/mine-\(getpid()).accel"
try model.write(to: path)
let file = try Model(contentsOf: path)
try FileManager.default.removeItem(atPath: path)
guard try Session(file.plan(inputShapes: shape)).run(clip)[0].elements(as: Float.self) == scores else {
  fatalError("the file computes something else than the model")
}
let expected = try Interpreter(net, weights: weights).run([clip])[0].elements(as: Float.self)
guard zip(scores, expected).allSatisfy({ abs($0 - $1) < 1e-3 }) else {
  fatalError("the deployed network gives \(scores), the original one \(expected)")
}
guard blocks.map(\.path) == ["stem", "block1", "block2", "block3", "head"], latencies.count == blocks.count,
  latencies.allSatisfy({ $0.milliseconds > 0 }), deployed.report.efficientShare == 1
else { fatalError("the network came apart into other blocks, or not all of it is efficient") }
