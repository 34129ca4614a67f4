import Foundation
import Testing

@testable import CPU

@Suite struct CoresTests {
  /// What is told of each core, and the fast ones.
  static let processors: [(name: String, file: String, speeds: [Int], fast: [Int])] = [
    ("one kind", "cpu_capacity", [1024, 1024, 1024, 1024], []),
    ("two kinds", "cpu_capacity", [446, 446, 446, 446, 1024, 1024], [4, 5]),
    ("three kinds", "cpu_capacity", [160, 160, 620, 620, 1024], [2, 3, 4]),
    ("frequencies", "cpufreq/cpuinfo_max_freq", [1_804_800, 1_804_800, 2_419_200, 2_841_600], [2, 3]),
    ("nothing known", "cpu_name", [1, 2], []),
  ]

  @Test(arguments: processors.indices) func fastCoresAreFound(_ index: Int) throws {
    let processor = Self.processors[index]
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (core, speed) in processor.speeds.enumerated() {
      let file = folder.appendingPathComponent("cpu\(core)/\(processor.file)")
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data("\(speed)\n".utf8).write(to: file)
    }
    let found = CoreSpeeds(folder: folder.path, numbers: Array(processor.speeds.indices)).fastCores
    #expect(found == processor.fast, "\(processor.name)")
    // Cores that the process may not run on do not count.
    #expect(CoreSpeeds(folder: folder.path, numbers: [0]).fastCores.isEmpty)
    #expect(CoreSpeeds(folder: folder.path, numbers: []).fastCores.isEmpty)
  }

  @Test func performanceCoresAreSomeOfAll() {
    #expect((1...Cores.allCores.count).contains(Cores.performanceCores.count))
  }
}
