import ModelTestSupport
import Models
import Passes
import IR
import Architectures
import TestSupport
import Tensors
import Testing

/// A network whose blocks are known.
struct BlockCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let graph: Graph
  let paths: [String]

  static let all: [BlockCase] = [
    BlockCase(
      testDescription: "X3D: stem, residual blocks of each stage, head", graph: x3d,
      paths: ["blocks.0"] + x3dBlocks + ["blocks.5"]),
    BlockCase(
      testDescription: "EfficientX3D: the head's parts are layers of their own", graph: efficientX3D,
      paths: ["s1"] + efficientX3DBlocks + ["head", "projection"]),
    BlockCase(
      testDescription: "layers without names are numbered",
      graph: Graph.build(input: .clip(channels: 3)) { clip in
        let x = Conv3dTemporalKernel1BnAct(3, 8, spatialKernel: 3, spatialStride: 2)(clip)
        return Classifier(classCount: 4)(X3DBottleneckBlock(8, mid: 16, out: 8)(x))
      }, paths: ["0", "1", "2"]),
    BlockCase(
      testDescription: "a sequence in a sequence is taken apart while its parts have several convolutions",
      graph: Graph.build(input: .clip(channels: 8)) { clip in
        let pair = Sequential(Conv3dPwBnAct(8, 8), Conv3d3x3x3DwBnAct(8))
        return Sequential(Sequential(pair, pair), Classifier(classCount: 4))(clip)
      }, paths: ["0.0.0", "0.0.1", "0.1"]),
    BlockCase(
      testDescription: "operations of no layer belong to the block before them",
      graph: Graph.build(input: .clip(channels: 3)) { clip in
        Conv3dPwBnAct(3, 4)(Conv3dPwBnAct(3, 3)(clip * clip) * clip).mean(axes: [2, 3, 4])
      }, paths: ["0", "1"]),
    BlockCase(
      testDescription: "a network without layers is one block",
      graph: Graph.build(input: .clip(channels: 3)) { $0.mean(axes: [2, 3, 4]) }, paths: [""]),
  ]

  private static var x3d: Graph { BlockTests.graph(.x3d(.xs)) }
  private static var efficientX3D: Graph { BlockTests.graph(.efficientX3D(.init(.xs))) }
  private static let depths = [3, 5, 11, 7]
  private static let x3dBlocks = depths.enumerated().flatMap { stage, depth in
    (0..<depth).map { "blocks.\(stage + 1).res_blocks.\($0)" }
  }
  private static let efficientX3DBlocks = depths.enumerated().flatMap { stage, depth in
    (0..<depth).map { "s\(stage + 2).pathway0_res\($0)" }
  }
}

@Suite struct BlockTests {
  static func graph(_ architecture: Architecture) -> Graph {
    do {
      return try architecture.graph()
    } catch {
      fatalError("\(error)")
    }
  }

  @Test(arguments: BlockCase.all) func networksComeApartIntoTheirBlocks(_ example: BlockCase) {
    #expect(example.graph.blocks().map(\.path) == example.paths)
  }

  @Test(arguments: BlockCase.all) func blocksHoldEveryOperationAndParameterOnce(_ example: BlockCase) throws {
    let channels = example.graph.type(example.graph.inputs[0]).shape[1].value ?? 0
    let graph = try example.graph.specialized(to: [[1, channels, 4, 160, 160]])
    let blocks = graph.blocks()
    #expect(blocks.flatMap(\.nodes).sorted() == Array(graph.nodes.indices))
    #expect(blocks.reduce(0) { $0 + $1.parameters } == graph.weightCount)
    let counts = blocks.map(\.multiplyAdds)
    #expect(counts.reduce(0) { $0 + ($1 ?? -1) } == graph.multiplyAdds().reduce(0, +))
    #expect(blocks.allSatisfy { $0.operations.reduce(0) { $0 + $1.count } == $0.nodes.count })
  }

  @Test func multiplyAddsAreUnknownWhileShapesAre() throws {
    let graph = try SmallModel.architecture.graph()
    #expect(graph.blocks().allSatisfy { $0.multiplyAdds == nil && $0.parameters > 0 })
  }

  @Test func theDeployableFormHasTheOriginalsBlocks() throws {
    for architecture in [Architecture.x3d(.xs), .efficientX3D(.init(.xs))] {
      let graph = try architecture.graph()
      let weights = RandomWeights.parameters(of: graph, seed: 1)
      let deployed = try Transmuter(target: .x86CPU).deploy(Model(name: "test", graph: graph, weights: weights))
      #expect(deployed.model.graph.blocks().map(\.path) == graph.blocks().map(\.path))
    }
  }

  @Test func blocksOneAfterTheOtherComputeWhatTheNetworkDoes() throws {
    let clip = RandomWeights.clips([1, 3, 4, 32, 32], seed: 2)
    let whole = try SmallModel.architecture.graph().specialized(to: [clip.shape])
    let weights = try SmallModel.weights()
    var value = clip
    for block in whole.blocks() {
      let graph = try whole.subgraph(of: block)
      let own = Dictionary(
        uniqueKeysWithValues: graph.parameters.map { parameter in
          (parameter.path, weights["\(block.path).\(parameter.path)"] ?? Tensor(zeros: [0]))
        })
      value = try Interpreter(graph, weights: own).run([value])[0]
    }
    let expected = try Interpreter(whole, weights: weights).run([clip])[0]
    #expect(relativeError(value, expected) < 1e-6)
  }

  @Test func blocksThatAreAlikeHaveGraphsOfTheSameText() throws {
    let graph = try Architecture.x3d(.xs).graph().specialized(to: [[1, 3, 4, 160, 160]])
    let blocks = graph.blocks().filter { $0.path.hasPrefix("blocks.3.res_blocks.") }
    let texts = try blocks.map { try graph.subgraph(of: $0).description }
    // The first one changes the width; then blocks without and with squeeze-excite alternate.
    #expect(Set(texts).count == 3)
    #expect(texts[1] == texts[9] && texts[2] == texts[10])
    let inputs = try graph.subgraph(of: blocks[1]).inputTypes
    #expect(inputs.map(\.type.fixedShape) == [[1, 96, 4, 10, 10]])
  }

  @Test func aMistakeWhileBuildingShowsInItsBlocks() {
    let graph = Graph.build(input: .clip(channels: 3)) { Conv3dPwBnAct(4, 4)($0) }
    let block = Graph.build(input: .clip(channels: 3)) { Conv3dPwBnAct(3, 4)($0) }.blocks()[0]
    #expect(thrown(GraphError.self) { try graph.subgraph(of: block) } != nil)
  }
}
