// What using the package looks like from outside: design a network, run it, classify a video with a zoo model.
import Foundation
import IR
import VideoAccelerator

let net = Graph.build(input: .clip(channels: 3)) { clip in
  let x = Conv3dTemporalKernel1BnAct(3, 24, spatialKernel: 3, spatialStride: 2)(clip)
  return Classifier(classCount: 4)(X3DBottleneckBlock(24, mid: 54, out: 24, seRatio: 0.0625)(x))
}
let clips = RandomWeights.clips([2, 3, 4, 64, 64], seed: 1)
let weights = try RandomWeights.make(for: net, seed: 1, measuringOn: [clips])
let scores = try Interpreter(net, weights: weights).run([clips])[0]
guard scores.shape == [2, 4], scores.elements(as: Float.self).allSatisfy(\.isFinite) else {
  fatalError("the designed network gave \(scores)")
}

let deployed = try Transmuter(target: .mobileCPU).deploy(
  Model(name: "sketch", graph: net, weights: weights), inputShapes: [clips.shape])
guard deployed.report.efficientShare == 1 else { fatalError(deployed.report.text) }
let file = FileManager.default.temporaryDirectory.appendingPathComponent("sketch-\(UUID().uuidString).accel").path
try deployed.model.write(to: file)
let read = try Model(contentsOf: file)
try FileManager.default.removeItem(atPath: file)
let again = try Interpreter(read.graph, weights: read.weights).run([clips])[0]
guard zip(scores.elements(as: Float.self), again.elements()).allSatisfy({ abs($0 - $1) < 1e-4 }) else {
  fatalError("the deployed network gave other scores")
}

let sample = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../Samples/portrait-pan.mp4")
let model = try ModelRequest("x3d_xs", randomWeights: 1).load()
let classifier = try VideoClassifier(model)
let predictions = try classifier.classify(sample.standardizedFileURL).top(5)
guard predictions.count == 5 else { fatalError("\(predictions.count) predictions instead of 5") }
for prediction in predictions { print(prediction.label, prediction.score) }

let live = try FrameClassifier(model)
let (frames, camera) = AsyncStream<Frame>.makeStream()
for number in 0..<live.warmUpFrames + 2 {
  let pixels = [UInt8](repeating: UInt8(truncatingIfNeeded: number * 40), count: 64 * 48 * 3)
  camera.yield(try Frame(width: 64, height: 48, pixels: pixels, timestamp: Double(number) * live.frameInterval))
}
camera.finish()
for try await prediction in live.predictions(of: frames) where prediction.hasChanged { print(prediction.label) }
guard live.counters.predictions == 1 else { fatalError("\(live.counters) instead of one prediction") }
