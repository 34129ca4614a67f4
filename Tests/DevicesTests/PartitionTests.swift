import DeviceTestSupport
import Devices
import IR
import TestSupport
import Tensors
import Testing

/// Graphs that several devices share.
@Suite struct PartitionTests {
  private static let shape = [2, 3, 4, 9, 12]

  private static func graph() throws -> Graph { try TinyNetwork.graph().specialized(to: [shape]) }

  @Test(arguments: [
    ["convolution"], ["activation"], ["mean", "binary"], ["convolution", "mean"], [],
  ])
  func whateverOneDeviceTakesTheResultIsTheSame(operations: [String]) throws {
    let graph = try Self.graph()
    let weights = TinyNetwork.weights(graph)
    let clip = Tensor((0..<2592).map { Float($0 % 31) / 31 - 0.5 }, shape: Self.shape)
    let expected = try Interpreter(graph, weights: weights).run([clip])[0]
    let other = ReferenceDevice(name: "other", operations: Set(operations))
    let partition = try Partition(graph, among: [other, ReferenceDevice(name: "all")])
    for part in partition.parts {
      for node in part.nodes {
        #expect((part.device == 0) == operations.contains(graph.nodes[node].operation.name))
      }
    }
    #expect(partition.parts.flatMap(\.nodes) == Array(graph.nodes.indices))
    let executable = try partition.compile(weights: weights)
    #expect(executable.inputShapes == [Self.shape] && executable.outputShapes == [[2, 4]])
    let runner = try executable.makeRunner(threads: 2)
    for _ in 0..<2 { #expect(relativeError(try runner.run([clip])[0], expected) < 1e-6) }
    #expect { _ = try runner.run([]) } throws: { $0 is any UserFacingError }
    #expect { _ = try runner.run([Tensor(zeros: [2, 3, 4, 9, 13])]) } throws: { $0 is any UserFacingError }
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

  /// States are kept by the host if the graph is cut, and by the device if it is not.
  @Test(arguments: [
    ["convolution"], ["concat", "slice"], ["convolution", "activation", "concat", "slice", "mean"], [],
  ])
  func statesGoOnWhereverTheOperationsRun(operations: [String]) throws {
    let shape = [2, 3, 1, 9, 8]
    let graph = try StepNetwork.temporal().specialized(to: [shape])
    let weights = TinyNetwork.weights(graph)
    let interpreter = try Interpreter(graph, weights: weights)
    let devices: [any Device] = [
      ReferenceDevice(name: "other", operations: Set(operations)), ReferenceDevice(name: "all"),
    ]
    let executable = try Partition(graph, among: devices).compile(weights: weights)
    let (runner, other) = try (executable.makeRunner(threads: 2), executable.makeRunner(threads: 1))
    var states: [String: Tensor] = [:]
    for number in 0..<5 {
      let frame = StepNetwork.input(shape, number)
      let expected = try interpreter.run([frame], states: &states)[0]
      #expect(relativeError(try runner.run([frame])[0], expected) < 1e-5)
      if number == 2 { try other.restoreState(runner.saveState()) }
      if number > 2 { #expect(relativeError(try other.run([frame])[0], expected) < 1e-5) }
    }
    #expect(runner.saveState()["past"]?.shape == [2, 20, 2, 5, 4])
    #expect(thrown(StateError.self) { try runner.restoreState(["past": Tensor(zeros: [1])]) } != nil)
    runner.reset()
    let first = StepNetwork.input(shape, 0)
    #expect(relativeError(try runner.run([first])[0], try interpreter.run([first])[0]) < 1e-5)
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
