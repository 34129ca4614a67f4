import Foundation
import SwiftProtobuf
import TestSupport
import Tensors
import Testing

@testable import Formats
@testable import IR

/// Damaged and hostile ONNX files: a typed error that names what is wrong, and no memory that the file does not justify.
@Suite struct HostileFileTests {
  /// A network of one convolution, written by the package.
  private static func model() throws -> ONNXModelProto {
    let graph = Graph.build(input: .clip(channels: 3, frames: 2, height: 4, width: 4)) { clip in
      let weight = clip.builder.parameter("weight", shape: [4, 3, 1, 3, 3])
      let x = clip.applying(
        Operations.Convolution(window: Window(kernel: [1, 3, 3], padding: [0, 1, 1]), groups: 1), weight)
      return x.applying(Operations.Activation(.relu)).mean(axes: [2, 3, 4])
    }
    return try ONNXModel(graph, weights: RandomWeights.parameters(of: graph, seed: 1)).proto
  }

  private static func error(of proto: ONNXModelProto, shapes: [String: [Int]] = [:]) throws -> String {
    try withTemporaryFile("model.onnx") { path in
      try Data(proto.serializedBytes() as [UInt8]).write(to: URL(fileURLWithPath: path))
      do {
        _ = try ONNXImport(contentsOf: path, inputShapes: shapes)
        return ""
      } catch let error as any UserFacingError { return error.description }
    }
  }

  /// How a file is made a bad one, and what the error must say.
  private static let changes: [(what: String, change: @Sendable (inout ONNXModelProto) -> Void, words: [String])] = [
    ("no graph", { $0.clearGraph() }, ["no graph"]),
    ("no operators' version", { $0.opsetImport = [] }, ["version of ONNX's operators"]),
    ("a version of the future", { $0.opsetImport[0].version = 99 }, ["99", "9 to 23"]),
    ("a missing initializer", { $0.graph.initializer = [] }, ["Conv", "weight", "nothing before it computes"]),
    ("an initializer twice", { $0.graph.initializer.append($0.graph.initializer[0]) }, ["two initializers", "weight"]),
    ("too few bytes", { $0.graph.initializer[0].rawData.removeLast() }, ["weight", "bytes"]),
    ("a negative length", { $0.graph.initializer[0].dims[0] = -4 }, ["weight", "impossible shape"]),
    (
      "lengths beyond memory", { $0.graph.initializer[0].dims = [1 << 62, 1 << 62, 1, 3, 3] },
      ["weight", "impossible shape"]
    ),
    ("a huge length", { $0.graph.initializer[0].dims = [.max] }, ["weight", "impossible shape"]),
    ("text elements", { $0.graph.initializer[0].dataType = .string }, ["weight", "type"]),
    ("an unknown element type", { $0.graph.initializer[0].dataType = .UNRECOGNIZED(77) }, ["weight", "type"]),
    ("integers as weights", { $0.graph.initializer[0].dataType = .int32 }, ["Conv", "int32"]),
    ("an input of negative length", { $0.graph.input[0].type.tensorType.shape.dim[3].dimValue = -1 }, ["clip", "-1"]),
    ("an input of 2⁶³ − 1", { $0.graph.input[0].type.tensorType.shape.dim[3].dimValue = .max }, ["clip", "axis 3"]),
    ("an input that is no tensor", { $0.graph.input[0].type = .init() }, ["clip", "no tensor"]),
    ("two inputs of one name", { $0.graph.input.append($0.graph.input[0]) }, ["clip", "this name"]),
    (
      "a cycle", { $0.graph.node[0].input[0] = $0.graph.node[1].output[0] },
      ["nothing before it computes", "Conv"]
    ),
    ("a value computed twice", { $0.graph.node[1].output = $0.graph.node[0].output }, ["computed twice"]),
    ("an output that nothing computes", { $0.graph.output[0].name = "nowhere" }, ["nowhere"]),
    ("no outputs", { $0.graph.output = [] }, ["no outputs"]),
    (
      "unknown operators",
      { proto in
        for index in 0..<3 {
          proto.graph.node.append(
            .with {
              $0.opType = index == 2 ? "Magic" : "NonMaxSuppression"
              $0.name = "extra \(index)"
              $0.output = ["extra \(index)"]
            })
        }
      }, ["NonMaxSuppression is not supported ('extra 0', 'extra 1')", "Magic is not supported ('extra 2')"]
    ),
    ("an operator of another domain", { $0.graph.node[1].domain = "com.example" }, ["com.example.Relu"]),
    (
      "a window that does not fit",
      { $0.graph.node[0].attribute[0].ints = [1, 1 << 40, 1 << 40] }, ["Conv"]
    ),
    ("a stride of 0", { proto in set("strides", [0, 0, 0], &proto) }, ["Conv", "stride"]),
    ("negative padding", { proto in set("pads", [-9, -9, -9, -9, -9, -9], &proto) }, ["Conv"]),
    ("groups that divide by 0", { proto in set("group", 0, &proto) }, ["Conv", "groups"]),
    ("weights outside of the folder", { external(&$0, "../secret") }, ["outside of the model's folder"]),
    ("weights at an absolute path", { external(&$0, "/etc/passwd") }, ["outside of the model's folder"]),
    ("weights in a file that is not there", { external(&$0, "nothing.data") }, ["nothing.data"]),
    ("weights in no file", { external(&$0, "") }, ["does not say in which"]),
  ]

  private static func set(_ name: String, _ values: [Int64], _ proto: inout ONNXModelProto) {
    let index = proto.graph.node[0].attribute.firstIndex { $0.name == name } ?? 0
    proto.graph.node[0].attribute[index].ints = values
  }

  private static func set(_ name: String, _ value: Int64, _ proto: inout ONNXModelProto) {
    let index = proto.graph.node[0].attribute.firstIndex { $0.name == name } ?? 0
    proto.graph.node[0].attribute[index].i = value
  }

  private static func external(_ proto: inout ONNXModelProto, _ location: String) {
    proto.graph.initializer[0].clearRawData()
    proto.graph.initializer[0].dataLocation = .external
    proto.graph.initializer[0].externalData = [
      .with {
        $0.key = "location"
        $0.value = location
      }
    ]
  }

  @Test func eachFaultIsNamed() throws {
    #expect(try Self.error(of: Self.model()) == "")
    for (what, change, words) in Self.changes {
      var proto = try Self.model()
      change(&proto)
      let error = try Self.error(of: proto)
      for word in words { #expect(error.contains(word), "\(what): \(error)") }
    }
  }

  @Test func linksOutOfTheFolderAreRefused() throws {
    try withTemporaryFolder { folder in
      let (inside, outside) = ("\(folder)/models", "\(folder)/secret.data")
      try FileManager.default.createDirectory(atPath: inside, withIntermediateDirectories: false)
      try Data(count: 4 * 4 * 27).write(to: URL(fileURLWithPath: outside))
      try FileManager.default.createSymbolicLink(atPath: "\(inside)/weights.data", withDestinationPath: outside)
      var proto = try Self.model()
      Self.external(&proto, "weights.data")
      let path = "\(inside)/model.onnx"
      try Data(proto.serializedBytes() as [UInt8]).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: ONNXImportError.self) { try ONNXImport(contentsOf: path) }
      #expect(error?.description.contains("outside of the model's folder") == true)
    }
  }

  @Test func everyTruncationIsAnError() throws {
    let bytes: [UInt8] = try Self.model().serializedBytes()
    for count in stride(from: 0, to: bytes.count, by: 7) {
      try withTemporaryFile("model.onnx") { path in
        try Data(bytes.prefix(count)).write(to: URL(fileURLWithPath: path))
        #expect { _ = try ONNXImport(contentsOf: path) } throws: { $0 is any UserFacingError }
      }
    }
  }

  @Test func randomDamageIsAnErrorOrAnotherModel() throws {
    let bytes: [UInt8] = try Self.model().serializedBytes()
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<600 {
      let damaged = bytes.mutated(using: &generator)
      try withTemporaryFile("model.onnx") { path in
        try Data(damaged).write(to: URL(fileURLWithPath: path))
        do { _ = try ONNXImport(contentsOf: path) } catch is any UserFacingError {}
      }
    }
  }

  /// Loops that would unroll forever, and bodies within bodies.
  @Test func unrollingAndNestingAreBounded() throws {
    func loop(times: Int64, _ body: ONNXGraphProto, name: String) -> ONNXNodeProto {
      .with {
        $0.opType = "Loop"
        $0.name = name
        $0.input = ["times", ""]
        $0.attribute = [
          .with {
            $0.name = "body"
            $0.type = .graph
            $0.g = body
          }
        ]
      }
    }
    func body(_ nodes: [ONNXNodeProto]) -> ONNXGraphProto {
      .with {
        $0.node = nodes
        $0.input = [.with { $0.name = "i" }, .with { $0.name = "go" }]
        $0.output = [.with { $0.name = "go" }]
      }
    }
    var inner = body([])
    for depth in 0..<12 { inner = body([loop(times: 1 << 40, inner, name: "loop \(depth)")]) }
    var proto = try Self.model()
    proto.graph.node.append(loop(times: 1 << 40, inner, name: "outer"))
    proto.graph.initializer.append(
      .with {
        $0.name = "times"
        $0.dataType = .int64
        $0.int64Data = [1 << 40]
      })
    let error = try Self.error(of: proto)
    #expect(error.contains("Loop"), "\(error)")
  }
}
