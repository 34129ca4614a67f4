import ModelTestSupport
import Models
@testable import Passes
@testable import Quantization
import CPU
import Architectures
import TestSupport
import Tensors
import Testing

@testable import IR
@testable import Formats

/// What an exported file holds, and what cannot be exported.
@Suite struct ExportedFileTests {
  @Test func everyOperationHasARow() {
    for kind in OperationRegistry.all { #expect(kind is any ONNXOperation.Type, "\(kind)") }
  }

  @Test func layersKeepTheirPathsAndWeightsTheirNames() throws {
    let graph = try SmallModel.architecture.graph()
    let model = try ONNXModel(
      graph, weights: SmallModel.weights(), name: "small", metadata: [("precision", "fp32"), ("labels", "[]")])
    let proto = model.proto
    #expect(model.name == "small" && model.precision == .fp32)
    #expect(
      proto.irVersion == 8 && proto.opsetImport.map(\.version) == [17] && proto.producerName == "VideoAccelerator")
    #expect(proto.metadataProps.map(\.key) == ["precision", "labels"])
    #expect(proto.graph.input.map(\.name) == ["clip"] && proto.graph.output.map(\.name) == ["output"])
    #expect(
      proto.graph.input[0].type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? "\($0.dimValue)" : $0.dimParam }
        == ["N", "3", "T", "H", "W"])
    #expect(Set(graph.parameters.map(\.path)).isSubset(of: proto.graph.initializer.map(\.name)))
    let convolution = try #require(proto.graph.node.first { $0.opType == "Conv" })
    #expect(convolution.name.hasPrefix("blocks.0.conv.conv_t/%") && convolution.name.hasSuffix("/Conv"))
    #expect(Set(proto.graph.node.map(\.name)).count == proto.graph.node.count)
  }

  @Test func equalModelsGiveEqualFilesThatTellWhatTheyHold() throws {
    try withTemporaryFolder { folder in
      let graph = try SmallModel.architecture.graph()
      for name in ["a", "b"] {
        try ONNXModel(graph, weights: SmallModel.weights()).write(to: "\(folder)/\(name)")
      }
      let bytes = try contents("\(folder)/a")
      #expect(try contents("\(folder)/b") == bytes)
      let read = try ONNXModelProto(serializedBytes: bytes)
      let weights = try SmallModel.weights()
      for tensor in read.graph.initializer {
        guard let weight = weights[tensor.name] else { continue }
        #expect(tensor.dataType == .float && weight.withUnsafeBytes { Array($0) } == Array(tensor.rawData))
      }
      let error = thrown(FileError.self) { try ONNXModel(graph, weights: weights).write(to: "\(folder)/none/a") }
      #expect(error?.isBadInput == true)
    }
  }

  @Test func weightsOfAQuantisedModelAreBytesWithAScaleForEachChannel() throws {
    let model = try QuantizedSmallModel.deployed()
    let proto = try ONNXModel(model.graph, weights: model.weights, quantization: model.quantization).proto
    let tensors = Dictionary(uniqueKeysWithValues: proto.graph.initializer.map { ($0.name, $0) })
    let points = try #require(try model.quantization?.points(in: model.graph))
    #expect(points.weights.count > 20)
    for (id, _) in points.weights {
      let path = model.graph[id].name
      #expect(
        tensors[path]?.dataType == .int8 && tensors["\(path).scale"]?.dims == tensors[path]?.dims.prefix(1).map { $0 })
    }
    for (id, _) in points.biases { #expect(tensors[model.graph[id].name]?.dataType == .int32) }
    // Each value that is integers is so once, and so is what each prologue makes.
    #expect(
      proto.graph.node.count { $0.opType == "QuantizeLinear" } == points.values.count + points.prologues.count)
    #expect(tensors.values.contains { $0.dataType == .int16 })
  }

  /// What x86 without VNNI adds up in 16 bits: two products of an unsigned byte and a weight.
  @Test(arguments: WeightRange.allCases) func sumsOfTwoProductsFit16BitsInTheReducedRange(_ range: WeightRange) throws {
    let model = try QuantizedSmallModel.deployed(range)
    let table = try #require(model.quantization)
    let exported = try ONNXModel(model.graph, weights: model.weights, quantization: table)
    let tensors = Dictionary(uniqueKeysWithValues: exported.proto.graph.initializer.map { ($0.name, $0) })
    let largest = try table.points(in: model.graph).weights.map { id, _ in
      let weights = try #require(tensors[model.graph[id].name]).rawData.map { 255 * abs(Int(Int8(bitPattern: $0))) }
      return zip(weights, weights.dropFirst()).map { $0 + $1 }.max() ?? 0
    }
    #expect(largest.allSatisfy { $0 < 1 << 15 } == (range == .reduced), "\(largest)")
    #expect(exported.sumsFit16Bits == (range == .reduced))
  }

  @Test func numbersThatFloat16DoesNotHoldAreRefusedByName() throws {
    let graph = try SmallModel.architecture.graph()
    var weights = try SmallModel.weights()
    let path = "blocks.5.proj.bias"
    let shape = try #require(weights[path]).shape
    let fill = { (value: Float) in Tensor([Float](repeating: value, count: shape.reduce(1, *)), shape: shape) }
    weights[path] = fill(1e5)
    #expect(throws: Never.self) { try ONNXModel(graph, weights: weights) }
    let overflow = thrown(ONNXError.self) { try ONNXModel(graph, weights: weights, precision: .fp16) }
    #expect(overflow == .overflow(parameter: path, value: 1e5))
    weights[path] = fill(.infinity)
    let infinite = thrown(ONNXError.self) { try ONNXModel(graph, weights: weights) }
    #expect(infinite == .notFinite(parameter: path, value: .infinity))
  }

  @Test func outputsHaveNamesOfTheirOwn() throws {
    let graph = Graph.build(inputs: [GraphInput(name: "output", type: ValueType(["N", 2]))]) { inputs in
      let sum = inputs[0] + inputs[0]
      return [sum, inputs[0], sum]
    }
    let proto = try ONNXModel(graph, weights: [:]).proto
    #expect(proto.graph.output.map(\.name) == ["output_2", "output_3", "output_4"])
    #expect(Set(proto.graph.node.flatMap(\.output)).count == proto.graph.node.count)
  }

  @Test func whatONNXCannotHoldIsRefused() throws {
    let own = Graph.build(input: .clip(channels: 3)) { clip in
      clip.builder.scoped("head") { clip.applying(Cube()) }
    }
    #expect(
      thrown(ONNXError.self) { try ONNXModel(own, weights: [:]) } == .operation("cube", scope: "head"))
    let graph = try SmallModel.architecture.graph()
    let weights = try SmallModel.weights()
    let bytes = weights.values.reduce(0) { $0 + $1.byteCount }
    let error = thrown(ONNXError.self) {
      try ONNXModel(graph, weights, nil, name: "m", metadata: [], largestFile: bytes)
    }
    #expect(error == .tooLarge(bytes: bytes) && error?.isBadInput == true)
    #expect(throws: Never.self) {
      try ONNXModel(graph, weights, nil, name: "m", metadata: [], largestFile: bytes + 1)
    }
    #expect(thrown(GraphError.self) { try ONNXModel(graph, weights: [:]) } != nil)
  }
}

/// An operation that only this file knows.
private struct Cube: Operation {
  static let name = "cube"
  var facts: OperationFacts { OperationFacts(reach: .element, cost: .uncounted, integers: .none) }
  func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] { inputs }
  func evaluate(_ inputs: [Tensor]) -> [Tensor] { inputs }
}

private enum QuantizedSmallModel {
  static func deployed(_ range: WeightRange = .full) throws -> Model {
    try Transmuter(target: .host).deploy(
      Model(name: "test", graph: SmallModel.architecture.graph(), weights: SmallModel.weights()),
      quantizedBy: Quantizer(observer: .minMax, equalizes: false, weightRange: range),
      calibration: Calibration(clips: RandomWeights.clips([2, 3, 4, 32, 32], seed: 1))
    ).model
  }
}
