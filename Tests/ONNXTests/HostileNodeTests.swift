import Tensors
import Testing

@testable import Formats
@testable import IR

/// Nodes whose attributes and constants no network has: an error that says what is wrong, and no memory or time that the
/// file does not justify.
@Suite struct HostileNodeTests {
  private typealias Make = ImportTests

  private static func integers(_ name: String, _ values: [Int64]) -> ONNXAttributeProto {
    .with {
      $0.name = name
      $0.type = .ints
      $0.ints = values
    }
  }

  /// Nodes that take x `[3, 4]` and constants c and d, and what the error must say.
  private static let cases:
    [(what: String, node: ONNXNodeProto, c: ONNXTensorProto, d: ONNXTensorProto?, words: String)] = [
      (
        "a target shape whose product overflows", Make.node("Reshape", ["x", "c"], ["y"]),
        Make.integers("c", [1 << 40, 1 << 40, 1 << 40, -1]), nil, "too large"
      ),
      (
        "repetition beyond memory", Make.node("Expand", ["x", "c"], ["y"]),
        Make.integers("c", [1 << 40, 1 << 40, 3, 4]), nil, "too large"
      ),
      (
        "copies beyond memory", Make.node("Tile", ["x", "c"], ["y"]), Make.integers("c", [1 << 40, 1 << 40]), nil,
        "too large"
      ),
      (
        "a thousand new axes", Make.node("Unsqueeze", ["x", "c"], ["y"]),
        Make.integers("c", (0..<1000).map { $0 }), nil, "1002 axes"
      ),
      (
        "a constant of two numbers",
        Make.node(
          "ConstantOfShape", ["c"], ["y"],
          [
            .with {
              $0.name = "value"
              $0.type = .tensor
              $0.t = Make.integers("", [1, 2])
            }
          ]), Make.integers("c", [3]), nil, "one number"
      ),
      (
        "a sum without its first value", Make.node("Add", ["", "x"], ["y"]), Make.integers("c", []), nil, "no input 0"
      ),
      (
        "a difference without its second value", Make.node("Sub", ["x", ""], ["y"]), Make.integers("c", []), nil,
        "no input 1"
      ),
      (
        "keys of the past without axes", Make.node("Attention", ["c", "c", "c", "", "d", ""], ["y"]),
        Make.integers("c", [1, 1, 1, 1], shape: [1, 2, 2, 1]), Make.integers("d", [1]), "four axes"
      ),
      (
        "heads that channels cannot be split among",
        Make.node("Attention", ["c", "c", "c"], ["y"], [Make.attribute("q_num_heads", -3)]),
        Make.integers("c", [1, 2], shape: [1, 1, 2]), nil, "cannot be split among -3 heads"
      ),
      (
        "a scale for each of other indices", Make.node("DequantizeLinear", ["c", "d"], ["y"]),
        Make.integers("c", [1, 2, 3], shape: [1, 3]), Make.integers("d", [1, 2]), "2 numbers for an axis of length 3"
      ),
      (
        "a matrix without axes", Make.node("Gemm", ["x", "c"], ["y"], [Make.attribute("transB", 1)]),
        Make.integers("c", [1], shape: []), nil, "no axes"
      ),
      (
        "a batch of −2⁶³ axes", Make.node("GatherND", ["x", "c"], ["y"], [Make.attribute("batch_dims", .min)]),
        Make.integers("c", [0, 0]), nil, "same first"
      ),
      (
        "no elements of 2⁶² rows", Make.node("Concat", ["c", "c"], ["y"], [Make.attribute("axis", 0)]),
        Make.integers("c", [], shape: [1 << 62, 0]), nil, "impossible shape"
      ),
      (
        "a stride of 2⁶²",
        Make.node("ConvTranspose", ["image", "d"], ["y"], [integers("strides", [1 << 62, 1])]),
        Make.integers("c", [1, 1, 3, 4]),
        .with {
          $0.name = "d"
          $0.dims = [1, 1, 1, 1]
          $0.dataType = .float
          $0.floatData = [1]
        }, "stride"
      ),
    ]

  /// Positions that are no integers, or that overflow.
  @Test func positionsOfAnyKindAreNoBox() throws {
    let shape: [Int64] = [3, 1]
    let floats = ONNXTensorProto.with {
      $0.name = "c"
      $0.dims = shape
      $0.dataType = .float
      $0.floatData = [0, 1, 2]
    }
    for positions in [floats, Make.integers("c", [.max, .min, 0], shape: shape)] {
      let scatter = Make.node("ScatterND", ["x", "c", "x"], ["y"])
      do { _ = try Make.imported([scatter], [positions], rows: .dimValue(3)) } catch is ONNXImportError {}
    }
  }

  /// Tensors without elements, whose other lengths are so large that it would take hours to go through them.
  @Test func emptyTensorsTakeNoTime() throws {
    let empty = Make.integers("c", [], shape: [1 << 40, 0])
    for node in [
      Make.node("Concat", ["c", "c"], ["e"], [Make.attribute("axis", 1)]),
      Make.node("ReduceSum", ["c"], ["e"], [Make.attribute("keepdims", 0)]),
      Make.node("Transpose", ["c"], ["e"]),
    ] {
      _ = try Make.imported([node, Make.node("Relu", ["x"], ["y"])], [empty], rows: .dimValue(3))
    }
  }

  /// More multiply-adds than an integer can count.
  @Test func costsDoNotOverflow() throws {
    let lengths = Make.integers("c", [1, 1, 1 << 13, 1 << 13, 1 << 13])
    let nodes = [
      Make.node("Expand", ["one", "c"], ["weight"]), Make.node("Slice", ["x", "zero", "end", "axes"], ["number"]),
      Make.node("Reshape", ["number", "ones"], ["first"]), Make.node("Expand", ["first", "c"], ["image"]),
      Make.node("Conv", ["image", "weight"], ["y"], [Self.integers("pads", [Int64](repeating: 1 << 12, count: 6))]),
    ]
    let one = ONNXTensorProto.with {
      $0.name = "one"
      $0.dataType = .float
      $0.floatData = [1]
    }
    let constants = [
      lengths, one, Make.integers("zero", [0, 0]), Make.integers("end", [1, 1]), Make.integers("axes", [0, 1]),
      Make.integers("ones", [1, 1, 1, 1, 1]),
    ]
    let model = try Make.imported(nodes, constants, rows: .dimValue(3))
    #expect(model.graph.multiplyAdds().max() == 1 << 44)
  }

  @Test func eachNodeIsRefused() {
    for example in Self.cases {
      var nodes = [example.node]
      if example.d != nil { nodes.insert(Make.node("Reshape", ["x", "c"], ["image"]), at: 0) }
      let error = #expect(throws: ONNXImportError.self, "\(example.what)") {
        try Make.imported(nodes, [example.c] + (example.d.map { [$0] } ?? []), rows: .dimValue(3))
      }
      #expect(error?.description.contains(example.words) == true, "\(example.what): \(String(describing: error))")
    }
  }

  /// A step of −2⁶³, of which there is no absolute value.
  @Test func extremeRangesAreShort() throws {
    let constants = [("a", Int64(0)), ("b", .min), ("c", .min)].map { Make.integers($0, [$1], shape: []) }
    let nodes = [
      Make.node("Range", ["a", "b", "c"], ["r"]), Make.node("Cast", ["r"], ["f"], [Make.attribute("to", 1)]),
      Make.node("Add", ["x", "f"], ["y"]),
    ]
    let model = try Make.imported(nodes, constants, rows: .dimValue(3))
    #expect(model.graph.outputTypes[0].fixedShape == [3, 4])
  }

  /// The length of an axis doubles sixty times; as an expression, too.
  @Test func expressionsOfLengthsStayShort() throws {
    let nodes = (0..<60).map { index in
      let x = index == 0 ? "x" : "y\(index)"
      return Make.node("Concat", [x, x], [index == 59 ? "y" : "y\(index + 1)"], [Make.attribute("axis", 0)])
    }
    let model = try Make.imported(nodes, rows: .dimParam("batch"))
    #expect(model.graph.outputTypes[0].description.count < 1000)
  }

  /// Bodies without nodes are counted as well.
  @Test func emptyLoopsEnd() throws {
    func loop(_ body: ONNXGraphProto, _ name: String) -> ONNXNodeProto {
      var node = Make.node("Loop", ["times", ""], [], [Make.attribute("body", graph: body)])
      node.name = name
      return node
    }
    func body(_ nodes: [ONNXNodeProto]) -> ONNXGraphProto { Make.graph(nodes, ["i", "go"], outputs: ["go"]) }
    let nodes = [loop(body([loop(body([]), "inner")]), "outer"), Make.node("Relu", ["x"], ["y"])]
    let error = #expect(throws: ONNXImportError.self) {
      try Make.imported(nodes, [Make.integers("times", [4000], shape: [])], rows: .dimValue(3))
    }
    #expect(error?.description.contains("unrolls to more than") == true)
  }

  @Test func computedConstantsHaveABudget() {
    var budget = FoldingBudget(bytes: 1 << 10, largest: 1 << 24)
    let expand = Operations.Expand(shape: [1 << 22])
    let one = Tensor([Float(1)], shape: [1])
    let count = (0..<100).count { _ in budget.allows(expand, [one], results: [ValueType([.fixed(1 << 22)])]) }
    #expect(count == 6)
    let allowsMore = budget.allows(expand, [one], results: [ValueType([.fixed(1 << 23)])])
    #expect(!allowsMore)
    // A quarter is for small results.
    let allowsSmall = budget.allows(Operations.Expand(shape: [4]), [one], results: [ValueType([4])])
    #expect(allowsSmall)
  }
}
