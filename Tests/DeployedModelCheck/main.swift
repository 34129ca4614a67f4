// Used by scripts/test-arm64 to compare a whole deployed model between processors:
//   deployed-model-check clips FILE.npy                         writes three generated clips for X3D-XS
//   deployed-model-check MODEL.accel CLIPS.npy EXPECTED.npy     fails unless the model gives what another processor gave
//   deployed-model-check count MODEL.accel                      plans and runs a clip twice; see below
import Architectures
import CPU
import IR
import Models
import TestSupport
import Tensors

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

enum Failure: Error { case wrongUsage, noParity(relativeError: Double), otherBytes }

let arguments = CommandLine.arguments
if arguments.count == 3, arguments[1] == "clips" {
  try NumPyFile.write(RandomWeights.clips([3, 3, 4, 160, 160], seed: 7), to: arguments[2])
} else if arguments.count == 3, arguments[1] == "count" {
  // Tools/count_instructions.c counts what lies between two of these calls: 1 is planning, 3 a warm run.
  let model = try Model(contentsOf: arguments[2])
  let clip = RandomWeights.clips([1, 3, 4, 160, 160], seed: 7)
  _ = getppid()
  let plan = try Plan(
    model.graph, weights: model.weights, inputShapes: [clip.shape], precision: model.precision,
    quantization: model.quantization)
  _ = getppid()
  let session = try Session(plan, threads: 1)
  _ = try session.run(clip)
  _ = getppid()
  _ = try session.run(clip)
  _ = getppid()
  print("\(model.name) on \(plan.isa), \(plan.multiplyAdds) multiply-adds")
} else {
  guard arguments.count == 4 else { throw Failure.wrongUsage }
  let model = try Model(contentsOf: arguments[1])
  let clips = try NumPyFile.read(arguments[2])
  let plan = try Plan(
    model.graph, weights: model.weights, inputShapes: [clips.shape], precision: model.precision,
    quantization: model.quantization)
  let (result, expected) = (try Session(plan, threads: 2).run(clips)[0], try NumPyFile.read(arguments[3]))
  // Integers are the same everywhere.
  guard model.precision != .int8 || result == expected else { throw Failure.otherBytes }
  let error = relativeError(meanRemoved(result), meanRemoved(expected))
  // Halves are summed up in another order, and in another type where the processor computes with them.
  guard error < (model.precision == .fp32 ? 1e-4 : 2e-2) else { throw Failure.noParity(relativeError: error) }
  print("\(model.name) on \(plan.isa): relative error \(error)")
}
