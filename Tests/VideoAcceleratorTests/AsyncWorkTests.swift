import IR
import ModelTestSupport
import Tensors
import CPU
import Models
import Quantization
import Autotune
import Foundation
import TestSupport
import Testing
import VideoAccelerator

/// What else takes long, beside other tasks.
@Suite struct AsyncWorkTests {
  private func model() throws -> Model {
    try Model(
      name: "small", graph: SmallModel.architecture.graph(), weights: SmallModel.weights(),
      recipe: SmallVideos.recipe.get(), labels: SmallModel.labels,
      provenance: .init(architecture: JSON(encoding: SmallModel.architecture)))
  }

  private func clips() -> [Calibration.Clip] {
    Calibration(clips: RandomWeights.clips([6, 3, 4, 32, 32], seed: 5)).clips
  }

  /// Runs work that cancels its own task the first time that it tells how far it is; returns how often it told.
  private func cancelAtOnce(
    _ work: @escaping @Sendable (_ tell: @escaping @Sendable () -> Void) async throws -> Void
  ) async -> Int {
    let task = Guarded<Task<Void, any Error>?>(nil)
    let told = Guarded(0)
    task.withLock {
      $0 = Task {
        try await work {
          told.withLock { $0 += 1 }
          task.withLock { $0?.cancel() }
        }
      }
    }
    await #expect(throws: CancellationError.self) { try await task.withLock { $0 }?.value }
    return told.withLock { $0 }
  }

  private func quantizedSync(_ model: Model) throws -> QuantizedModel {
    try model.deployed(for: .mobileCPU, quantizedBy: Quantizer(observer: .minMax), clips: clips())
  }

  @Test func quantizingGivesTheSameModelAndStops() async throws {
    let model = try model()
    let expected = try quantizedSync(model)
    let clips = clips()
    let found = try await model.deployed(for: .mobileCPU, quantizedBy: Quantizer(observer: .minMax), clips: clips)
    #expect(found.model.weights == expected.model.weights)
    let told = await cancelAtOnce { tell in
      _ = try await model.deployed(for: .mobileCPU, quantizedBy: Quantizer(), clips: clips) { _ in tell() }
    }
    #expect(told == 1)
  }

  @Test func tuningStops() async throws {
    let deployed = try model().runnable()
    let setting = TunedSetting(isa: try ISA.preferred(), precision: .fp32, inputShapes: [[1, 3, 4, 32, 32]])
    let tuner = Tuner(deployed.graph, weights: deployed.weights, setting: setting)
    let told = await cancelAtOnce { tell in _ = try await tuner.tune(budget: .seconds(60)) { _ in tell() } }
    #expect(told == 1)
  }

  @Test func aTrainingIsSavedAndResumes() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("async-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try SmallVideos.write(classes: Array(SmallModel.labels.prefix(2)), to: folder)
    let output = "\(folder)-run"
    defer { try? FileManager.default.removeItem(atPath: output) }
    var settings = TrainingSettings()
    settings.epochs = 2
    settings.batchSize = 2
    let tuning = try FineTuning(
      model(), DataSplit(at: folder), settings: settings, augmentation: Augmentation(), output: output)
    _ = await cancelAtOnce { tell in _ = try await tuning.run(progress: { _ in tell() }) }
    #expect(FileManager.default.fileExists(atPath: FineTuning.checkpoint(in: output)))
    let lines = Guarded<[String]>([])
    let result = try await tuning.run(resumes: true, log: { line in lines.withLock { $0.append(line) } })
    #expect(result.ending == .finished)
    #expect(lines.withLock { $0 }.contains { $0.hasPrefix("resuming after 1 steps") })
  }
}
