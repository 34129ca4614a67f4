import Tensors
import IR
import Autotune
import ModelTestSupport
import TestSupport
import Testing

@Suite struct LatencyTableTests {
  private func network() throws -> Graph {
    try SmallModel.architecture.graph().specialized(to: [[1, 3, 4, 32, 32]])
  }

  /// The bytes of the table that a machine leaves after a network was measured.
  private func written(in folder: String) throws -> [UInt8] {
    let machine = SyntheticMachine()
    _ = try BlockLatencies(machine, folder: folder).latencies(of: network())
    return try contents("\(folder)/\(machine.device.fileName)")
  }

  @Test func blocksHaveLatenciesAndTheTableOutlivesTheProcess() throws {
    try withTemporaryFolder { folder in
      let machine = SyntheticMachine()
      let first = try BlockLatencies(machine, folder: folder).latencies(of: network())
      let paths = try network().blocks().map(\.path)
      #expect(first.map(\.block.path) == paths)
      // Two of the small network's blocks are like others.
      #expect(machine.blocksMeasured == first.count - 2)
      let again = BlockLatencies(machine, folder: folder)
      #expect(try again.latencies(of: network()).map(\.milliseconds) == first.map(\.milliseconds))
      #expect(machine.blocksMeasured == first.count - 2)
      #expect(again.note == nil && again.table.count == machine.blocksMeasured)
    }
  }

  @Test func anotherDeviceHasAnotherTable() {
    let device = SyntheticMachine().device
    var names: Set = [device.fileName]
    let changes: [WritableKeyPath<LatencyTable.Device, String>] = [\.cpu, \.isa, \.precision]
    for change in changes {
      var other = device
      other[keyPath: change] += "/../2"
      names.insert(other.fileName)
    }
    for change in [\LatencyTable.Device.threads, \.kernels] {
      var other = device
      other[keyPath: change] += 1
      names.insert(other.fileName)
    }
    #expect(names.count == 6)
    #expect(names.allSatisfy { !$0.contains("/") && $0.hasSuffix(".json") && $0.count < 150 })
  }

  @Test func aDamagedTableIsLeftAsideWithANoteAndRebuilt() throws {
    try withTemporaryFolder { folder in
      let bytes = try written(in: folder)
      var generator = SeededGenerator(seed: 5)
      let damages = (0..<200).map { _ in bytes.mutated(using: &generator) }
      let cuts = (0..<20).map { Array(bytes.prefix(bytes.count * $0 / 20)) }
      let path = "\(folder)/\(SyntheticMachine().device.fileName)"
      var notes = 0
      for damaged in cuts + damages {
        try AtomicFile.write(to: path) { try $0.append(damaged) }
        let latencies = BlockLatencies(SyntheticMachine(), folder: folder)
        if latencies.note != nil { notes += 1 }
        // A digit of a latency may have changed unseen; never is there none.
        #expect(try latencies.latencies(of: network()).allSatisfy { $0.milliseconds >= 0 })
      }
      #expect(notes > damages.count / 2)
      try AtomicFile.write(to: path) { try $0.append(Array("{}".utf8)) }
      #expect(BlockLatencies(SyntheticMachine(), folder: folder).note?.contains(path) == true)
      #expect(try written(in: folder) == bytes)
    }
  }

  @Test func aTableOfAnotherDeviceUnderThisOnesNameIsNotUsed() throws {
    try withTemporaryFolder { folder in
      let text = String(decoding: try written(in: folder), as: UTF8.self)
      let path = "\(folder)/\(SyntheticMachine().device.fileName)"
      let other = text.split(separator: "synthetic", omittingEmptySubsequences: false).joined(separator: "other")
      #expect(other != text)
      try AtomicFile.write(to: path) { try $0.append(Array(other.utf8)) }
      #expect(thrown(FormatError.self) { try LatencyTable(contentsOf: path, device: SyntheticMachine().device) } != nil)
      #expect(BlockLatencies(SyntheticMachine(), folder: folder).table.count == 0)
    }
  }

  @Test func aFolderThatCannotBeWrittenIsNoFailure() throws {
    let latencies = BlockLatencies(SyntheticMachine(), folder: "/nowhere/at/all")
    #expect(latencies.note == nil)
    #expect(try !latencies.latencies(of: network()).isEmpty)
    #expect(latencies.note?.contains("/nowhere/at/all") == true)
  }

  @Test func thisMachineMeasuresBlocksAndNetworks() throws {
    let network = try network()
    let measurer = try HostMeasurer()
    let latencies = try BlockLatencies(measurer).latencies(of: network)
    #expect(latencies.allSatisfy { $0.milliseconds > 0 && $0.milliseconds.isFinite })
    #expect(try measurer.networkLatency(network) > 0)
    #expect(measurer.device.threads == 1 && measurer.device.precision == "fp32")
  }
}
