import ArgumentParser
import Foundation
import Tensors
import Training
import VideoAccelerator

/// Whole steps of training, forwards, backwards and the weights' move, one for each line on standard input: prints its
/// milliseconds, for a script that takes turns with another trainer.
@main
struct TrainingBenchmark: ParsableCommand {
  @Option(help: "A network of the zoo.")
  var model = "x3d_xs"

  @Option(help: "Clips in a batch.")
  var batch = 8

  @Option(help: "Frames of a clip.")
  var frames = 4

  @Option(help: "Side of a clip in pixels.")
  var side = 160

  @Option(help: "Threads.")
  var threads = 1

  @Flag(help: "Compute activations twice, to need less memory.")
  var recomputeActivations = false

  func run() throws {
    let network = try Architecture(named: model).fitting(frameCount: frames, cropSize: side).graph()
    let clip = RandomWeights.clips([1, 3, frames, side, side], seed: 1)
    let weights = try RandomWeights.make(for: network, seed: 1, measuringOn: [clip])
    var settings = TrainingSettings()
    settings.epochs = 1
    settings.threads = threads
    settings.recomputesActivations = recomputeActivations
    settings.method = .sgd(momentum: 0.9, isNesterov: true)
    settings.learningRate = LearningRate(peak: 1e-4, warmUp: 0, decay: .constant)
    let source = Source(shape: [batch, 3, frames, side, side])
    let trainer = try Trainer(network, weights: weights, settings: settings, source: source)
    var hooks = Trainer.Hooks()
    let clock = ContinuousClock()
    var start = clock.now
    hooks.log = { event in
      guard case .step = event else { return }
      print((clock.now - start) / .milliseconds(1))
      fflush(nil)
      // The next step begins with the next line.
      if readLine() == nil { source.isDone = true }
      start = clock.now
    }
    guard readLine() != nil else { return }
    start = clock.now
    _ = try trainer.run(hooks)
  }
}

/// The same batch again and again.
final class Source: BatchSource {
  let stepsPerEpoch = 1_000_000
  var isDone = false
  private let batch: Batch

  init(shape: [Int]) {
    let clips = RandomWeights.clips(shape, seed: 1)
    let each = Calibration.clips(of: clips, name: "clip").map { $0.inputs[0] }
    batch = Batch(
      clips: each, labels: (0..<shape[0]).map { $0 * 7 % 400 }, indices: Array(0..<shape[0]), classCount: 400)
  }

  func batches(ofEpoch epoch: Int, from step: Int) throws -> () throws -> Batch? {
    { [self] in isDone ? nil : batch }
  }
}
