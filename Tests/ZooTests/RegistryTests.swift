import Zoo
import Architectures
import Testing

@Suite("The zoo's registry")
struct RegistryTests {
  @Test(
    "knows each model's clip and published accuracy",
    arguments: [
      ("x3d_xs", 4, 12, 182, 69.12), ("x3d_s", 13, 6, 182, 73.33), ("x3d_m", 16, 5, 256, 75.94),
      ("x3d_l", 16, 5, 356, 77.44), ("efficient_x3d_xs", 4, 12, 182, 68.5), ("efficient_x3d_s", 13, 6, 182, 73.0),
      ("c2d_r50", 8, 8, 256, 71.46), ("i3d_r50", 8, 8, 256, 73.27), ("slow_r50", 8, 8, 256, 74.58),
      ("slowfast_r50", 32, 2, 256, 76.94), ("slowfast_r101", 32, 2, 256, 77.90),
      ("slowfast_16x8_r101_50_50", 64, 2, 256, 78.70), ("csn_r101", 32, 2, 256, 77.00),
      ("r2plus1d_r50", 16, 4, 256, 76.01), ("movinet_a0_base", 50, 6, 172, 72.28),
      ("movinet_a1_base", 50, 6, 172, 76.69), ("movinet_a2_base", 50, 6, 224, 78.62),
      ("movinet_a0_stream", 1, 6, 172, 72.05), ("movinet_a1_stream", 1, 6, 172, 76.45),
      ("movinet_a2_stream", 1, 6, 224, 78.40), ("movinet_a0_causal", 50, 6, 172, 72.05),
    ])
  func clips(name: String, frames: Int, rate: Int, side: Int, top1: Double) throws {
    let entry = try ZooRegistry.entry(named: name)
    #expect((entry.frameCount, entry.samplingRate) == (frames, rate))
    #expect((entry.shortSide, entry.cropSize) == (side, side))
    #expect(entry.accuracy.top1 == top1)
  }

  @Test("names an architecture and an address for each model", arguments: ZooRegistry.names)
  func consistent(name: String) throws {
    let entry = try ZooRegistry.entry(named: name)
    let architecture = try Architecture(named: entry.architecture)
    #expect(architecture.classCount == entry.labels.count)
    #expect(abs(Double(try architecture.graph().weightCount) / 1e6 - entry.millionParameters) < 0.05)
    #expect(try architecture.inputs(of: entry.recipe()).clip.frameCount == entry.frameCount)
    #expect(entry.url.hasPrefix("https://"))
    #expect(ZooRegistry.entries.filter { $0.name == entry.name } == [entry])
    // Only forms of one network share a checkpoint.
    for other in ZooRegistry.entries where other.url == entry.url {
      let parameters = try Architecture(named: other.architecture).graph().expectedTensors
      #expect(parameters == (try architecture.graph().expectedTensors))
    }
    #expect(entry.accuracy.top1 < entry.accuracy.top5)
  }

  @Test("answers an unknown name with the known ones")
  func unknown() {
    #expect(throws: ZooError.unknownModel("x3d_xxl", known: ZooRegistry.names)) {
      try ZooRegistry.entry(named: "x3d_xxl")
    }
  }

  @Test("has the classes of Kinetics-400 in the order of the models' outputs")
  func labels() {
    #expect(Kinetics400.labels.count == 400)
    #expect(Set(Kinetics400.labels).count == 400)
    #expect(Kinetics400.labels == Kinetics400.labels.sorted())
    #expect(Kinetics400.labels[5] == "archery")
    #expect(Kinetics400.labels[290] == "sharpening knives")
    #expect(Set(Kinetics600.labels).count == 600 && Kinetics600.labels == Kinetics600.labels.sorted())
    #expect(Kinetics600.labels[9] == "archery")
  }
}
