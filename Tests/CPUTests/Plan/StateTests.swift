import CPU
import IR
import TestSupport
import Tensors
import Testing

/// Sessions that hand values on from run to run: what the interpreter gives, on every instruction set.
@Suite struct StateTests {
  /// A network with its inputs' shape; a run takes the inputs of its number.
  struct Case: Sendable {
    let name: String
    let graph: Graph
    let shape: [Int]

    var weights: [String: Tensor] { TinyNetwork.weights(graph) }
    func plan(_ isa: ISA? = nil, precision: Precision = .fp32) throws -> Plan {
      try Plan(graph, weights: weights, inputShapes: [shape], precision: precision, isa: isa)
    }
    var inputs: [Tensor] { (0..<6).map { StepNetwork.input(shape, $0) } }
    func expected() throws -> [Tensor] {
      let interpreter = try Interpreter(graph, weights: weights)
      var states: [String: Tensor] = [:]
      return try inputs.map { try interpreter.run([$0], states: &states)[0] }
    }
  }

  static let cases = [
    Case(name: "running sum", graph: StepNetwork.runningSum(), shape: [2, 3]),
    Case(name: "delay", graph: StepNetwork.delay(), shape: [2, 2, 1, 5, 7]),
    Case(name: "relay", graph: StepNetwork.relay(), shape: [2, 2, 1, 5, 7]),
    Case(name: "running maximum", graph: StepNetwork.runningMaximum(), shape: [3, 2, 1, 5, 7]),
    Case(name: "convolution in time", graph: StepNetwork.temporal(), shape: [2, 3, 1, 9, 8]),
  ]

  @Test(arguments: cases.indices, [1, 3]) func aSessionAdvancesItsStates(_ index: Int, threads: Int) throws {
    let example = Self.cases[index]
    let expected = try example.expected()
    for isa in ISA.available {
      for (precision, tolerance) in [(Precision.fp32, 1e-6), (.fp16, 1e-2)] {
        let session = try Session(example.plan(isa, precision: precision), threads: threads)
        for (input, expected) in zip(example.inputs, expected) {
          let result = try session.run(input)[0]
          #expect(
            result.shape == expected.shape && relativeError(result, expected) < tolerance,
            "\(example.name), \(isa), \(precision)")
        }
        // In halves too, states are floats between runs.
        #expect(session.saveState().values.allSatisfy { $0.elementType == .float32 })
      }
    }
  }

  @Test(arguments: cases.indices) func aSavedStateGoesOnInAnotherSession(_ index: Int) throws {
    let example = Self.cases[index]
    let (first, second) = try (Session(example.plan()), Session(example.plan(), threads: 2))
    let before = try example.inputs.prefix(3).map { try first.run($0)[0] }
    let saved = first.saveState()
    let after = try example.inputs.suffix(3).map { try first.run($0)[0] }
    // Another history, which is forgotten.
    _ = try second.run(example.inputs[5])
    try second.restoreState(saved)
    #expect(second.saveState() == saved)
    #expect(try example.inputs.suffix(3).map { try second.run($0)[0] } == after)
    second.reset()
    #expect(try example.inputs.prefix(3).map { try second.run($0)[0] } == before)
    #expect(try saved == second.saveState() && second.saveState() != Session(example.plan()).saveState())
  }

  @Test func aSessionIsResetToTheInitialValues() throws {
    let plan = try Self.cases[3].plan()
    #expect(plan.states.map(\.name) == ["most"] && !plan.kernelNames.contains("copy_states"))
    let session = try Session(plan)
    let initial = Tensor([Float](repeating: -.infinity, count: 210), shape: [3, 2, 1, 5, 7])
    #expect(session.saveState() == ["most": initial])
    _ = try session.run(Self.cases[3].inputs[0])
    #expect(session.saveState() != ["most": initial])
    session.reset()
    #expect(session.saveState() == ["most": initial])
  }

  @Test func aChainOfStatesHasOneSlotMoreThanStates() throws {
    // 2 · 2 · 5 · 7 floats, on cache lines.
    #expect(try Self.cases[1].plan().stateBytes == 3 * 576)
  }

  @Test func statesOfOthersAreRefusedAndChangeNothing() throws {
    let example = Self.cases[0]
    let session = try Session(example.plan())
    _ = try session.run(example.inputs[0])
    let saved = session.saveState()
    let refused: [([String: Tensor], StateError)] = [
      ([:], .names(expected: ["total"], found: [])),
      (
        ["total": saved["total"] ?? Tensor(zeros: []), "b": Tensor(zeros: [1])],
        .names(expected: ["total"], found: ["b", "total"])
      ),
      (
        ["total": Tensor(zeros: [1, 3])], .value(name: "total", expected: ValueType([2, 3]), found: ValueType([1, 3]))
      ),
      (
        ["total": Tensor(zeros: [2, 3], elementType: .int32)],
        .value(name: "total", expected: ValueType([2, 3]), found: ValueType([2, 3], elementType: .int32))
      ),
    ]
    for (states, error) in refused {
      #expect(thrown(StateError.self) { try session.restoreState(states) } == error)
    }
    #expect(thrown(RuntimeError.self) { try session.run([]) } != nil)
    #expect(session.saveState() == saved)
  }

  @Test func aModelWithoutStatesHasNoneToSave() throws {
    let session = try Session(
      Plan(TinyNetwork.graph(), weights: TinyNetwork.weights(TinyNetwork.graph()), inputShapes: [[1, 3, 4, 9, 12]]))
    #expect(session.plan.states.isEmpty && session.saveState().isEmpty)
    try session.restoreState([:])
  }

  /// A state is the real numbers that its bytes stand for, and bytes again where it is taken.
  @Test func integersGoOnFromRunToRun() throws {
    let graph = Graph.build(input: .clip(channels: 3, frames: 1)) { clip in
      let state = clip.builder.state("past", shape: ["N", 3, 1, "H", "W"], initial: 0.25)
      let sum = state + clip
      clip.builder.update(state, to: sum)
      return sum + state
    }
    let names = ["clip", "past"] + graph.nodes.map { graph[$0.results[0]].name }
    let forms = [0.01, 0.02, 0.03, 0.05].map {
      QuantizationTable.Form.byte(QuantizationParameters(scale: $0, zeroPoint: 3))
    }
    let table = QuantizationTable(values: Dictionary(uniqueKeysWithValues: zip(names, forms)), prologues: [:])
    let interpreter = try QuantizedInterpreter(graph, weights: [:], table: table)
    let shape = [2, 3, 1, 5, 4]
    var states: [String: Tensor] = [:]
    let expected = try (0..<4).map { try interpreter.run([StepNetwork.input(shape, $0)], states: &states)[0] }
    for isa in ISA.available {
      let plan = try Plan(graph, weights: [:], inputShapes: [shape], quantization: table, isa: isa)
      let session = try Session(plan, threads: 2)
      for number in 0..<4 {
        #expect(try session.run(StepNetwork.input(shape, number))[0] == expected[number], "\(isa), \(number)")
      }
      #expect(session.saveState() == states)
      let broken = Tensor([Float](repeating: .nan, count: 120), shape: shape)
      #expect(thrown(StateError.self) { try session.restoreState(["past": broken]) } == .notANumber(name: "past"))
    }
    #expect(expected[0] != expected[1])
  }

  @Test func watchedRunsAdvanceStatesToo() throws {
    let session = try Session(Self.cases[0].plan())
    let profile = try session.profile([Tensor([1, 1, 1, 1, 1, 1] as [Float], shape: [2, 3])], runs: 2)
    #expect(session.saveState()["total"] == Tensor([4, 4, 4, 4, 4, 4] as [Float], shape: [2, 3]))
    // What is given to the run is copied, after all operations.
    let delay = try Self.cases[1].plan()
    #expect(delay.kernelNames.last == "copy_states" && delay.records.last?.parts.map(\.operation) == ["state"])
    #expect(profile.rows.last?.record.parts.map(\.operation) == ["binary"])
  }
}
