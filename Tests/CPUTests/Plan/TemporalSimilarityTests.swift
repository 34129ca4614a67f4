import Tensors
import TestSupport
import Testing

@testable import CPU
@testable import IR

/// The similarity of frames in plans, against its meaning.
@Suite struct TemporalSimilarityTests {
  @Test(arguments: [
    (shape: [1, 128, 100, 1, 1], frames: 101), (shape: [2, 7, 5, 1, 1], frames: 3),
    (shape: [1, 19, 3, 1, 1], frames: 9),
    (shape: [3, 1, 1, 1, 1], frames: 1),
  ])
  func agreesWithItsMeaning(_ example: (shape: [Int], frames: Int)) throws {
    let input = GraphInput(name: "x", type: ValueType(example.shape.map { .fixed($0) }))
    let graph = Graph.build(input: input) { x in
      // The padding of channels holds what the activation made of it.
      x.applying(Operations.Activation(.sigmoid)).applying(Operations.TemporalSimilarity(frameCount: example.frames))
    }
    let generator = CounterGenerator(seed: 3, name: "x")
    let x = Tensor((0..<example.shape.reduce(1, *)).map { 4 * generator.unit($0) }, shape: example.shape)
    let expected = try Interpreter(graph, weights: [:]).run([x])[0]
    for isa in ISA.available {
      let plan = try Plan(graph, weights: [:], inputShapes: [example.shape], isa: isa)
      #expect(plan.kernelNames.contains("f32_temporal_similarity"))
      for threads in 1...3 {
        let found = try Session(plan, threads: threads).run([x])[0]
        #expect(relativeError(found, expected) < 1e-6)
      }
    }
  }

  @Test func aFrameOfZerosIsLikeNoOther() throws {
    let input = GraphInput(name: "x", type: ValueType([1, 4, 3, 1, 1]))
    let graph = Graph.build(input: input) { $0.applying(Operations.TemporalSimilarity(frameCount: 3)) }
    var values = [Float](repeating: 1, count: 12)
    for channel in 0..<4 { values[channel * 3 + 1] = 0 }
    let found = try Session(Plan(graph, weights: [:], inputShapes: [[1, 4, 3, 1, 1]])).run([
      Tensor(values, shape: [1, 4, 3, 1, 1])
    ])[0]
    #expect(found.elements(as: Float.self) == [0, 0, 0, 1, 0, 1, 0, 0, 0])
  }
}
