@testable import Passes
@testable import Autotune
import IR
import Models
@testable import CPU
import Architectures
import TestSupport
import Tensors
import Testing

@Suite struct TuningTests {
  /// A step that does operations with parameters of these names.
  static func record(_ kernel: String, _ parameters: String...) -> StepRecord {
    StepRecord(
      kernel: kernel,
      parts: parameters.map {
        .init(operation: "pointwise", path: "", parameter: $0, inputShapes: [], outputShapes: [], multiplyAdds: 1)
      }, readBytes: 0, writtenBytes: 0, constantBytes: 0)
  }

  static let narrow = KernelChoices.Layer(panelVectors: 1, fusesRows: false)
  static let fused = KernelChoices.Layer(fusesRows: true)

  @Test func eachGroupOfStepsGetsItsFastestCandidate() {
    // The second candidate does a and b in one step, so that only both together compare.
    let layers = Tuner.choose(
      [
        (KernelChoices.Layer(), [Self.record("a2", "a"), Self.record("b", "b"), Self.record("c2", "c")], [3, 2, 4]),
        (Self.fused, [Self.record("a2+b", "a", "b"), Self.record("c2", "c")], [4, 4]),
        (Self.narrow, [Self.record("a1", "a"), Self.record("b", "b"), Self.record("c1", "c")], [2.5, 2, 3]),
      ], leastGain: 0.03)
    #expect(layers.map { $0.operations.map(\.parameter) } == [["a", "b"], ["c"]])
    #expect(layers.map(\.kernels.usual) == [["a2", "b"], ["c2"]])
    #expect(layers.map(\.kernels.tuned) == [["a2+b"], ["c1"]])
    #expect(layers.map(\.milliseconds.usual) == [5, 4] && layers.map(\.milliseconds.tuned) == [4, 3])
    #expect(layers.map(\.choice) == [Self.fused, Self.narrow])
  }

  @Test func aSmallGainIsNoise() {
    let steps = [Self.record("a", "a")]
    for (time, count) in [(0.98, 0), (0.96, 1), (1.5, 0)] {
      let layers = Tuner.choose(
        [(KernelChoices.Layer(), steps, [1]), (Self.narrow, [Self.record("a1", "a")], [time])], leastGain: 0.03)
      #expect(layers.count == count)
      // Whatever the time, the same kernel is no other choice.
      #expect(
        Tuner.choose([(KernelChoices.Layer(), steps, [1]), (Self.narrow, steps, [time])], leastGain: 0.03).isEmpty)
    }
  }

  static func setting(processor: String = "P", threads: Int = 1) -> TunedSetting {
    TunedSetting(
      processor: processor, isa: .avx512, precision: .fp16, inputShapes: [[1, 3, 4, 32, 32]], threads: threads)
  }

  @Test func choicesHoldForTheirProcessorOnly() throws {
    var tuned = TunedKernels()
    let (one, two) = (KernelChoices(layers: ["a": Self.narrow]), KernelChoices(layers: ["b": Self.fused]))
    tuned.set(two, for: Self.setting(threads: 2))
    #expect(tuned.choices(for: Self.setting()) == two)
    tuned.set(one, for: Self.setting())
    #expect(tuned.choices(for: Self.setting()) == one)
    #expect(tuned.choices(for: Self.setting(threads: 2)) == two)
    #expect(tuned.choices(for: Self.setting(processor: "Q")) == nil)
    tuned.set(two, for: Self.setting())
    #expect(tuned.entries.count == 2 && tuned.choices(for: Self.setting()) == two)
    let copy = try TunedKernels(
      decoding: JSON(parsing: Array(tuned.encoded.text().utf8), path: "t").document(path: "t"))
    #expect(copy == tuned)
  }

  static let damaged: [(text: String, error: String)] = [
    ("{}", "t: the document must be an array, but is an object"),
    ("[{}]", "t: the key \"[0].isa\" is missing"),
    (
      #"[{"isa":"avx2","precision":"fp32","input_shapes":[[1]],"layers":{"a":{"panel_vectors":9}}}]"#,
      "t: \"[0].layers.a.panel_vectors\" must be 1 to 3"
    ),
    (
      #"[{"isa":"avx2","precision":"fp32","input_shapes":[[1]],"layers":{"a":{"fuses_rows":1}}}]"#,
      "t: \"[0].layers.a.fuses_rows\" must be true or false, but is an integer"
    ),
  ]

  @Test(arguments: damaged.indices) func aDamagedTuningIsTold(_ index: Int) throws {
    let (text, message) = Self.damaged[index]
    let field = try JSON(parsing: Array(text.utf8), path: "t").document(path: "t")
    let error = thrown(FormatError.self) { try TunedKernels(decoding: field) }
    #expect("\(error.map { "\($0)" } ?? "")" == message)
  }

  @Test func aLaterVersionsInstructionSetIsLeftOut() throws {
    let text = #"[{"isa":"avx9000","precision":"fp32","input_shapes":[[1]],"layers":{}}]"#
    let field = try JSON(parsing: Array(text.utf8), path: "t").document(path: "t")
    #expect(try TunedKernels(decoding: field).entries.isEmpty)
  }

  @Test func everyChoiceComputesTheSame() throws {
    var options = X3DConfiguration()
    (options.classCount, options.depthFactor, options.clipLength, options.cropSize) = (5, 1, 4, 64)
    let graph = try Architecture.x3d(options).graph()
    let clip = RandomWeights.clips([2, 3, 4, 64, 64], seed: 4)
    let weights = try RandomWeights.make(for: graph, seed: 4, measuringOn: [clip])
    let deployed = try Transmuter(target: .host).deploy(Model(name: "test", graph: graph, weights: weights))
    func run(_ layer: KernelChoices.Layer?) throws -> (names: [String], result: Tensor) {
      let paths = layer == nil ? [] : deployed.model.graph.parameters.map(\.path)
      let choices = KernelChoices(layers: Dictionary(uniqueKeysWithValues: paths.map { ($0, layer ?? .init()) }))
      let plan = try Plan(
        deployed.model.graph, weights: deployed.model.weights, inputShapes: [clip.shape], choices: choices)
      return (plan.kernelNames, try Session(plan).run(clip)[0])
    }
    let usual = try run(nil)
    var names: Set<[String]> = [usual.names]
    for panelVectors in KernelChoices.panelVectors {
      for fusesRows in [true, false] {
        let other = try run(.init(panelVectors: panelVectors, fusesRows: fusesRows))
        #expect(relativeError(other.result, usual.result) < 1e-5)
        names.insert(other.names)
      }
    }
    // The choices are not without effect.
    #expect(names.count >= 6)
  }
}
