import DeviceTestSupport
import Devices
import IR
import TestSupport
import Tensors
import Testing

/// Graphs that several devices share.
@Suite struct PartitionTests {
  private static func graph() throws -> Graph { try PartitionCheck.graph() }

  @Test(arguments: PartitionCheck.splits) func whateverOneDeviceTakesTheResultIsTheSame(operations: [String]) throws {
    try PartitionCheck.expectSameResult(where: operations, elseOn: ReferenceDevice(name: "all"))
  }

  @Test func whatNoDeviceTakesIsNamed() throws {
    let devices = [ReferenceDevice(name: "npu", operations: ["convolution"])]
    #expect(throws: DeviceError.unsupported(operation: "binary", scope: "", devices: ["npu"])) {
      try Partition(Self.graph(), among: devices)
    }
    #expect(throws: DeviceError.unsupported(operation: "convolution", scope: "stem", devices: ["npu"])) {
      try Partition(Self.graph(), among: devices, precision: .fp16)
    }
  }

  @Test func whatDoesNotFitADevicesMemoryIsNotPutThere() throws {
    for (bytes, fits) in [(1 << 20, true), (1 << 10, false)] {
      let small = ReferenceDevice(name: "small", memoryBytes: bytes)
      let partition = try Partition(Self.graph(), among: [small, ReferenceDevice(name: "all")])
      #expect((partition.parts.first?.device == 0) == fits, "\(bytes)")
    }
  }

  /// Two devices of equal speed: a convolution is not worth moving.
  @Test func partsThatCostMoreThanTheySaveStay() throws {
    let graph = try Self.graph()
    let fast = ReferenceDevice(
      name: "fast", operations: ["convolution"],
      hints: DeviceHints(multiplyAddsPerSecond: 1e12, transferBytesPerSecond: 1e9, transferSeconds: 1e-5))
    for (speed, moved) in [(1e9, true), (1e12, false)] {
      let last = ReferenceDevice(name: "last", hints: DeviceHints(multiplyAddsPerSecond: speed))
      let partition = try Partition(graph, among: [fast, last])
      #expect(partition.parts.contains { $0.device == 0 } == moved, "\(speed)")
    }
  }

  @Test(arguments: PartitionCheck.stateSplits) func statesGoOnWhereverTheOperationsRun(operations: [String]) throws {
    try PartitionCheck.expectSameStates(where: operations, elseOn: ReferenceDevice(name: "all"))
  }

  /// Values between devices keep their element types.
  @Test func valuesOfAnyTypeGoFromDeviceToDevice() throws {
    let graph = Graph.build(input: GraphInput(name: "x", type: ValueType([2, 3], elementType: .int64))) { x in
      let offset = x.builder.parameter("more", shape: [2, 3], elementType: .int64)
      return SymbolicTensor.concatenated([x, offset], axis: 1).permuted(1, 0)
    }
    let weights = ["more": Tensor([1, 2, 3, 4, 5, 1 << 60] as [Int64], shape: [2, 3])]
    let x = Tensor([7, 8, 9, -1, -2, 1 << 61] as [Int64], shape: [2, 3])
    let devices: [any Device] = [ReferenceDevice(name: "other", operations: ["permute"]), ReferenceDevice(name: "all")]
    let runner = try Partition(graph, among: devices).compile(weights: weights).makeRunner(threads: 1)
    #expect(try runner.run([x]) == Interpreter(graph, weights: weights).run([x]))
  }
}
