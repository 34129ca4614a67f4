import CPU
import Devices
import IR
import TestSupport
import Tensors
import Testing

/// Graphs that several devices share.
@Suite struct PartitionTests {
  /// A device that computes some operations by their reference meaning.
  struct ReferenceDevice: Device {
    let name: String
    var operations: Set<String>?
    var precisions = [Precision.fp32]
    var hints = DeviceHints()
    var memoryBytes = Int.max

    func tolerance(in precision: Precision) -> Double { 0 }

    func supports(_ node: Graph.Node, in graph: Graph, precision: Precision) -> Bool {
      operations?.contains(node.operation.name) ?? true
    }

    func compile(
      _ graph: Graph, weights: [String: Tensor], precision: Precision, quantization: QuantizationTable?
    ) throws -> any Executable {
      Interpreted(
        interpreter: try Interpreter(graph, weights: weights),
        inputShapes: graph.inputs.map { graph.type($0).fixedShape ?? [] },
        outputShapes: graph.outputs.map { graph.type($0).fixedShape ?? [] })
    }
  }

  struct Interpreted: Executable {
    let interpreter: Interpreter
    let inputShapes: [[Int]]
    let outputShapes: [[Int]]

    func makeRunner(threads: Int) throws -> any Runner { Running(interpreter) }
  }

  final class Running: Runner {
    let interpreter: Interpreter
    init(_ interpreter: Interpreter) { self.interpreter = interpreter }
    func run(_ inputs: [Tensor]) throws -> [Tensor] { try interpreter.run(inputs) }
  }

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
    let partition = try Partition(graph, among: [other, CPUDevice()])
    for part in partition.parts {
      for node in part.nodes {
        #expect((part.device == 0) == operations.contains(graph.nodes[node].operation.name))
      }
    }
    #expect(partition.parts.flatMap(\.nodes) == Array(graph.nodes.indices))
    let executable = try partition.compile(weights: weights)
    #expect(executable.inputShapes == [Self.shape] && executable.outputShapes == [[2, 4]])
    let runner = try executable.makeRunner(threads: 2)
    let tolerance = try CPUDevice().tolerance(in: .fp32)
    for _ in 0..<2 { #expect(relativeError(try runner.run([clip])[0], expected) < tolerance) }
    #expect { _ = try runner.run([]) } throws: { $0 is any UserFacingError }
    #expect { _ = try runner.run([Tensor(zeros: [2, 3, 4, 9, 13])]) } throws: { $0 is any UserFacingError }
  }

  @Test func aGraphThatOneDeviceTakesIsNotCut() throws {
    let graph = try Self.graph()
    let partition = try Partition(graph, among: [CPUDevice()])
    #expect(partition.parts.count == 1 && partition.text.contains("0 changes of device"))
    #expect(try partition.compile(weights: TinyNetwork.weights(graph)) is Plan)
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
      let partition = try Partition(Self.graph(), among: [small, CPUDevice()])
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
}
