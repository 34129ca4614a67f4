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
    ])
  func clips(name: String, frames: Int, rate: Int, side: Int, top1: Double) throws {
    let entry = try ZooRegistry.entry(named: name)
    #expect((entry.frameCount, entry.samplingRate) == (frames, rate))
    #expect((entry.shortSide, entry.cropSize) == (side, side))
    #expect(entry.accuracy.top1 == top1)
  }

  @Test("names an architecture and an address of its own for each model", arguments: ZooRegistry.names)
  func consistent(name: String) throws {
    let entry = try ZooRegistry.entry(named: name)
    #expect(try Architecture(named: entry.architecture).classCount == entry.labels.count)
    #expect(entry.url.hasPrefix("https://") && entry.url.hasSuffix(".pyth"))
    #expect(ZooRegistry.entries.filter { $0.url == entry.url || $0.name == entry.name } == [entry])
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
  }
}
