import IR
import TestSupport
import Tensors
import Testing

/// Networks for other numbers of classes.
@Suite struct ClassifierTests {
  private static let shape = [2, 4]

  /// A linear layer with a softmax behind it, beside another one that the first output does not depend on.
  private static func network(sharesWeight: Bool = false) -> Graph {
    Graph.build(inputs: [GraphInput(name: "x", type: ValueType(["N", 4]))]) { inputs in
      let builder = inputs[0].builder
      let weight = builder.parameter("weight", shape: [3, 4])
      let bias = builder.parameter("bias", shape: [3])
      let scores = inputs[0].applying(Operations.Linear(), weight, bias)
      let other = inputs[0].applying(Operations.Linear(), builder.parameter("other", shape: [5, 4]))
      let more = sharesWeight ? [inputs[0].applying(Operations.Linear(), weight)] : []
      return [scores.applying(Operations.Softmax(axis: 1)), other] + more
    }
  }

  @Test func theLayerOfTheFirstOutputGetsOtherClasses() throws {
    let network = Self.network()
    let seven = try network.withClasses(7)
    #expect(seven.parameters.map(\.path) == network.parameters.map(\.path))
    let shapes = seven.parameters.map { seven.type($0.value).fixedShape }
    #expect(shapes == [[7, 4], [7], [5, 4]])
    #expect(seven.outputs.map { seven.type($0).shape } == [["N", 7], ["N", 5]])
    let weights = RandomWeights.parameters(of: seven, seed: 1)
    let input = Tensor((0..<8).map { Float($0) }, shape: Self.shape)
    #expect(try Interpreter(seven, weights: weights).run([input])[0].shape == [2, 7])
    #expect(try network.withClasses(3).description == network.description)
    // The same layer by its path, and none of that name.
    let weight = network[network.nodes[try #require(network.classifier)].inputs[1]].name
    #expect(try network.withClasses(7, head: weight).description == seven.description)
    #expect(thrown(GraphError.self) { try network.withClasses(7, head: "nowhere") } != nil)
  }

  @Test func aReshapedWeightIsTheClassifiers() throws {
    let network = Graph.build(input: .clip(channels: 4)) { clip in
      let stored = clip.builder.scoped("head") { clip.builder.parameter("weight", shape: [3, 4, 1, 1]) }
      let weight = stored.applying(Operations.Reshape([0, 4, 1, 1, 1]))
      let scores = clip.applying(Operations.Convolution(window: Window(kernel: [1, 1, 1]), groups: 1), weight)
      return scores.mean(axes: [2, 3, 4])
    }
    let classifier = try #require(network.classifier)
    #expect(network.weights(of: classifier).map { network[$0].name } == ["head.weight"])
    #expect(try network.classifier(named: "head") == classifier)
    let seven = try network.withClasses(7)
    #expect(seven.parameters.map { seven.type($0.value).fixedShape } == [[7, 4, 1, 1]])
    #expect(seven.type(seven.outputs[0]).shape == ["N", 7])
  }

  @Test func networksWithoutAClassifierOfTheirOwnAreRefused() throws {
    let error = thrown(GraphError.self) { try Self.network(sharesWeight: true).withClasses(7) }
    #expect("\(error.map(String.init(describing:)) ?? "")".contains("'weight' is used by other layers too"))
    let none = Graph.build(input: .clip(channels: 3)) { $0.mean(axes: [2, 3, 4]) }
    #expect(none.classifier == nil && thrown(GraphError.self) { try none.withClasses(7) } != nil)
    // A convolution whose result is a map of other channels than the scores.
    let map = Graph.build(input: .clip(channels: 3)) { clip in
      let weight = clip.builder.parameter("weight", shape: [8, 3, 1, 1, 1])
      let x = clip.applying(Operations.Convolution(window: Window(kernel: [1, 1, 1]), groups: 1), weight)
      return x.mean(axes: [1])
    }
    #expect(thrown(GraphError.self) { try map.withClasses(7) } != nil)
  }
}

/// What no file could hold is refused before it is written.
@Suite struct NameAndRankTests {
  @Test func namesOfComputedValuesAndTooManyAxesAreRefused() throws {
    let taken = Graph.build(input: GraphInput(name: "%1", type: ValueType([2]))) { $0 + $0 }
    #expect(thrown(GraphError.self) { try taken.verify() } == .malformed("two values are named '%1'"))
    for shape: [Dimension] in [[1, 1, 1, 1, 1, 1, 1, 1, 1], [-3]] {
      let graph = Graph.build(input: GraphInput(name: "x", type: ValueType(shape))) { $0 }
      #expect(thrown(GraphError.self) { try graph.verify() } != nil)
    }
  }
}
