import CPU
import DeviceTestSupport
import Devices
import IR
import TestSupport
import Tensors
import Testing

/// The CPU beside another device.
@Suite struct CPUDeviceTests {
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

  /// States are kept by the host if the graph is cut, and by the device if it is not.
  @Test(arguments: [
    ["convolution"], ["concat", "slice"], ["convolution", "activation", "concat", "slice", "mean"], [],
  ])
  func statesGoOnWhereverTheOperationsRun(operations: [String]) throws {
    let shape = [2, 3, 1, 9, 8]
    let graph = try StepNetwork.temporal().specialized(to: [shape])
    let weights = TinyNetwork.weights(graph)
    let interpreter = try Interpreter(graph, weights: weights)
    let devices: [any Device] = [ReferenceDevice(name: "other", operations: Set(operations)), try CPUDevice()]
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
}
