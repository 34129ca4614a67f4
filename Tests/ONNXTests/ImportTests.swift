import Foundation
import SwiftProtobuf
import TestSupport
import Tensors
import Testing

@testable import Formats
@testable import IR

/// What files hold that the package itself does not write.
@Suite struct ImportTests {
  static func node(
    _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [ONNXAttributeProto] = []
  ) -> ONNXNodeProto {
    .with {
      $0.opType = type
      $0.name = "net/\(outputs.first ?? "")/\(type)"
      $0.input = inputs
      $0.output = outputs
      $0.attribute = attributes
    }
  }

  static func integers(_ name: String, _ values: [Int64], shape: [Int64]? = nil) -> ONNXTensorProto {
    .with {
      $0.name = name
      $0.dims = shape ?? [Int64(values.count)]
      $0.dataType = .int64
      $0.int64Data = values
    }
  }

  static func attribute(_ name: String, graph: ONNXGraphProto) -> ONNXAttributeProto {
    .with {
      $0.name = name
      $0.type = .graph
      $0.g = graph
    }
  }

  static func attribute(_ name: String, _ value: Int64) -> ONNXAttributeProto {
    .with {
      $0.name = name
      $0.type = .int
      $0.i = value
    }
  }

  static func graph(_ nodes: [ONNXNodeProto], _ inputs: [String] = [], outputs: [String]) -> ONNXGraphProto {
    .with {
      $0.node = nodes
      $0.input = inputs.map { name in .with { $0.name = name } }
      $0.output = outputs.map { name in .with { $0.name = name } }
    }
  }

  /// A model with the input x `[rows, 4]`.
  static func imported(
    _ nodes: [ONNXNodeProto], _ constants: [ONNXTensorProto] = [], rows: ONNXTensorShapeProto.Dimension.OneOf_Value,
    output: String = "y", functions: [ONNXFunctionProto] = [], operatorSet: Int64 = 17, shapes: [String: [Int]] = [:]
  ) throws -> ONNXImport {
    var proto = ONNXModelProto()
    proto.irVersion = 8
    proto.opsetImport = [.with { $0.version = operatorSet }]
    proto.functions = functions
    proto.graph = graph(nodes, outputs: [output])
    proto.graph.initializer = constants
    proto.graph.input = [
      .with {
        $0.name = "x"
        $0.type.tensorType.elemType = .float
        $0.type.tensorType.shape.dim = [.with { $0.value = rows }, .with { $0.value = .dimValue(4) }]
      }
    ]
    return try withTemporaryFile("model.onnx") { path in
      try Data(proto.serializedBytes() as [UInt8]).write(to: URL(fileURLWithPath: path))
      return try ONNXImport(contentsOf: path, inputShapes: shapes)
    }
  }

  private static func run(_ model: ONNXImport, rows: Int) throws -> Tensor {
    let x = Tensor((0..<rows * 4).map { Float($0) }, shape: [rows, 4])
    return try Interpreter(model.graph, weights: model.weights).run([x])[0]
  }

  /// Exporters give the tensors of different constants the same name.
  @Test func constantsOfOneNameAreDifferent() throws {
    func constant(_ value: Float, _ output: String) -> ONNXNodeProto {
      Self.node(
        "Constant", [], [output],
        [
          .with {
            $0.name = "value"
            $0.type = .tensor
            $0.t = .with {
              $0.name = "tensor"
              $0.dims = [1]
              $0.dataType = .float
              $0.floatData = [value]
            }
          }
        ])
    }
    let nodes = [
      constant(2, "a"), constant(10, "b"), Self.node("Mul", ["x", "a"], ["z"]), Self.node("Add", ["z", "b"], ["y"]),
    ]
    let model = try Self.imported(nodes, rows: .dimValue(1))
    #expect(try Self.run(model, rows: 1).elements(as: Float.self) == [10, 12, 14, 16])
  }

  /// Shape arithmetic whose lengths are known is computed, and nothing of it is left.
  @Test func knownShapeArithmeticLeavesNothing() throws {
    let nodes = [
      Self.node("Shape", ["x"], ["shape"]), Self.node("Gather", ["shape", "zero"], ["rows"]),
      Self.node("Concat", ["rows", "minus"], ["target"], [Self.attribute("axis", 0)]),
      Self.node("Reshape", ["x", "target"], ["z"]), Self.node("Relu", ["z"], ["y"]),
    ]
    let constants = [Self.integers("zero", [0]), Self.integers("minus", [-1])]
    let known = try Self.imported(nodes, constants, rows: .dimValue(3))
    #expect(known.graph.nodes.map(\.operation.name) == ["activation"])
    #expect(known.graph.nodes[0].scope == "net.y")
    // Of open lengths a copied axis is left.
    let open = try Self.imported(nodes, constants, rows: .dimParam("batch"))
    #expect(open.graph.nodes.map(\.operation.name) == ["reshape", "activation"])
    #expect(try Self.run(open, rows: 5).shape == [5, 4])
  }

  /// Joins both axes by the product of their lengths, which is no attribute while one is open.
  @Test func openShapeArithmeticIsFoldedLater() throws {
    let nodes = [
      Self.node("Shape", ["x"], ["shape"]), Self.node("ReduceProd", ["shape"], ["count"]),
      Self.node("Range", ["start", "stop", "step"], ["ones"]), Self.node("Expand", ["ones", "count"], ["all"]),
      Self.node("Cast", ["all"], ["offsets"], [Self.attribute("to", 1)]), Self.node("Reshape", ["x", "count"], ["z"]),
      Self.node("Add", ["z", "offsets"], ["y"]),
    ]
    let constants = [("start", Int64(1)), ("stop", 2), ("step", 1)].map { Self.integers($0, [$1], shape: []) }
    let model = try Self.imported(nodes, constants, rows: .dimParam("batch"))
    let result = try Self.run(model, rows: 2)
    #expect(result == Tensor((0..<8).map { Float($0 + 1) }, shape: [8]))
    let names = try model.graph.specialized(to: [[2, 4]])
    #expect(names.computedNodes.map { names.nodes[$0].operation.name } == ["reshape", "binary"])
  }

  @Test func branchesLoopsAndSequencesFoldAway() throws {
    let branches = ["then_branch": "Relu", "else_branch": "Neg"].map { name, type in
      Self.attribute(name, graph: Self.graph([Self.node(type, ["x"], ["r"])], outputs: ["r"]))
    }
    let loop = Self.graph(
      [
        Self.node("Add", ["value", "x"], ["next"]), Self.node("Identity", ["go"], ["still"]),
        Self.node("ReduceSum", ["value"], ["sum"], [Self.attribute("keepdims", 0)]),
      ], ["i", "go", "value"], outputs: ["still", "next", "sum"])
    let nodes = [
      Self.node("Shape", ["x"], ["shape"]), Self.node("Size", ["shape"], ["rank"]),
      Self.node("Equal", ["rank", "two"], ["isMatrix"]), Self.node("If", ["isMatrix"], ["a"], branches),
      Self.node("Loop", ["two", "", "a"], ["b", "sums"], [Self.attribute("body", graph: loop)]),
      Self.node("SequenceEmpty", [], ["none"]), Self.node("SequenceInsert", ["none", "b"], ["one"]),
      Self.node("SequenceInsert", ["one", "a"], ["list"]),
      Self.node("ConcatFromSequence", ["list"], ["y"], [Self.attribute("axis", 0)]),
    ]
    let model = try Self.imported(nodes, [Self.integers("two", [2], shape: [])], rows: .dimValue(1))
    #expect(model.graph.nodes.map(\.operation.name) == ["activation", "binary", "binary", "concat"])
    #expect(try Self.run(model, rows: 1).elements(as: Float.self) == [0, 3, 6, 9, 0, 1, 2, 3])
  }

  @Test func functionsOfTheFileAreRun() throws {
    let function = ONNXFunctionProto.with {
      $0.name = "Leaky"
      $0.domain = "mine"
      $0.input = ["a"]
      $0.output = ["b"]
      $0.node = [
        Self.node(
          "LeakyRelu", ["a"], ["b"],
          [
            .with {
              $0.name = "alpha"
              $0.type = .float
              $0.refAttrName = "slope"
            }
          ])
      ]
      $0.opsetImport = [.with { $0.version = 17 }]
    }
    var call = Self.node(
      "Leaky", ["x"], ["y"],
      [
        .with {
          $0.name = "slope"
          $0.type = .float
          $0.f = 0.5
        }
      ])
    call.domain = "mine"
    let model = try Self.imported([call], rows: .dimValue(1), functions: [function])
    #expect(
      model.graph.nodes.first?.operation.isEqual(to: Operations.ParametricActivation(.leakyRelu, alpha: 0.5)) == true)
  }

  /// `x[1:, 1:3] = 0`, as exporters write it: a scatter of all positions.
  @Test func assignmentsToSlicesAreSlices() throws {
    let positions = (1..<3).flatMap { row in (1..<3).flatMap { column in [Int64(row), Int64(column)] } }
    let zeros = ONNXTensorProto.with {
      $0.name = "zeros"
      $0.dims = [2, 2]
      $0.dataType = .float
      $0.floatData = [0, 0, 0, 0]
    }
    let model = try Self.imported(
      [Self.node("ScatterND", ["x", "positions", "zeros"], ["y"])],
      [Self.integers("positions", positions, shape: [2, 2, 2]), zeros], rows: .dimValue(3))
    #expect(Set(model.graph.nodes.map(\.operation.name)) == ["slice", "concat"])
    #expect(try Self.run(model, rows: 3).elements(as: Float.self) == [0, 1, 2, 3, 4, 0, 0, 7, 8, 0, 0, 11])
  }

  @Test func openLengthsThatControlFlowNeedsAreAskedFor() throws {
    let branch = Self.attribute("then_branch", graph: Self.graph([Self.node("Relu", ["x"], ["r"])], outputs: ["r"]))
    let other = Self.attribute("else_branch", graph: Self.graph([Self.node("Neg", ["x"], ["r"])], outputs: ["r"]))
    let nodes = [
      Self.node("Size", ["x"], ["size"]), Self.node("Greater", ["size", "eight"], ["isLarge"]),
      Self.node("If", ["isLarge"], ["y"], [branch, other]),
    ]
    let constants = [Self.integers("eight", [8], shape: [])]
    let error = #expect(throws: ONNXImportError.self) {
      try Self.imported(nodes, constants, rows: .dimParam("batch"))
    }
    #expect(error?.description.contains("give the inputs' shapes") == true)
    let model = try Self.imported(nodes, constants, rows: .dimParam("batch"), shapes: ["x": [3, 4]])
    #expect(model.graph.nodes.map(\.operation.name) == ["activation"])
    #expect(throws: ONNXImportError.self) {
      try Self.imported(nodes, constants, rows: .dimParam("batch"), shapes: ["z": [3, 4]])
    }
  }

  /// Pads belong to axes in the order in which these are named.
  @Test func axesNeedNotBeInOrder() throws {
    let model = try Self.imported(
      [Self.node("Pad", ["x", "pads", "", "axes"], ["y"])],
      [Self.integers("pads", [1, 0, 0, 2]), Self.integers("axes", [-1, 0])], rows: .dimValue(1), operatorSet: 18)
    #expect(model.graph.outputTypes[0].fixedShape == [3, 5])
    #expect(
      try Self.run(model, rows: 1).elements(as: Float.self) == [0, 0, 1, 2, 3] + [Float](repeating: 0, count: 10))
  }

  /// Before operator set 13 a softmax is over all axes from one on.
  @Test(arguments: [11, 13]) func operatorsMeanWhatTheirVersionSays(_ operatorSet: Int64) throws {
    let model = try Self.imported(
      [Self.node("Softmax", ["x"], ["y"], [Self.attribute("axis", 0)])], rows: .dimValue(2), operatorSet: operatorSet)
    let sum = try Self.run(model, rows: 2).elements(as: Float.self).reduce(0, +)
    #expect(abs(sum - (operatorSet < 13 ? 1 : 4)) < 1e-5)
  }
}
