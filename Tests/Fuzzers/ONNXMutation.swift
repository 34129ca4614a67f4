import Foundation
import SwiftProtobuf

@testable import Formats

// How libFuzzer changes files. Of changes to bytes few leave a message that can be decoded, so most are made to its fields.

/// Changes bytes, as libFuzzer does without these functions.
@_silgen_name("LLVMFuzzerMutate")
private func changeBytes(_ start: UnsafeMutablePointer<UInt8>, _ count: Int, _ capacity: Int) -> Int

/// Changes a file in place, and returns its new size.
@_cdecl("LLVMFuzzerCustomMutator")
public func change(_ start: UnsafeMutablePointer<UInt8>, _ count: Int, _ capacity: Int, _ seed: UInt32) -> Int {
  var mutation = ONNXMutation(seed: seed)
  guard mutation.below(5) > 0, var model = ONNXModelProto(start, count), !model.graph.node.isEmpty else {
    return changeBytes(start, count, capacity)
  }
  for _ in 0...mutation.below(3) { mutation.change(&model) }
  return model.write(to: start, capacity) ?? changeBytes(start, count, capacity)
}

/// Writes a model with the nodes of another one after its own, and returns its size.
@_cdecl("LLVMFuzzerCustomCrossOver")
public func join(
  _ first: UnsafePointer<UInt8>, _ firstCount: Int, _ second: UnsafePointer<UInt8>, _ secondCount: Int,
  _ target: UnsafeMutablePointer<UInt8>, _ capacity: Int, _ seed: UInt32
) -> Int {
  guard var model = ONNXModelProto(first, firstCount), let other = ONNXModelProto(second, secondCount) else { return 0 }
  var mutation = ONNXMutation(seed: seed)
  let names = model.graph.valueNames
  let outer = Set(other.graph.input.map(\.name))
  // What was an input is any value of the first model; all other names are new.
  let renamed = { (name: String) in
    name.isEmpty ? name : outer.contains(name) ? names.randomElement(using: &mutation.generator) ?? name : "b." + name
  }
  model.graph.initializer += other.graph.initializer.map { tensor in
    var tensor = tensor
    tensor.name = "b." + tensor.name
    return tensor
  }
  model.graph.node += other.graph.node.map { node in
    var node = node
    node.input = node.input.map(renamed)
    node.output = node.output.map { $0.isEmpty ? $0 : "b." + $0 }
    return node
  }
  if let output = other.graph.output.first?.name, !model.graph.output.isEmpty {
    model.graph.output[0].name = "b." + output
  }
  return model.write(to: target, capacity) ?? 0
}

/// Random changes of the fields of a message.
private struct ONNXMutation {
  var generator: SplitMix

  struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var bits = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
      bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
      return bits ^ (bits >> 31)
    }
  }

  init(seed: UInt32) { generator = SplitMix(state: UInt64(seed)) }

  mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }

  /// Numbers at the edges of what code expects.
  private mutating func integer() -> Int64 {
    switch below(4) {
    case 0: Int64(below(9)) - 4
    case 1: 1 << Int64(below(63))
    case 2: -(1 << Int64(below(63)))
    default: [.max, .min, .max - 1, -1, 0, 1, 1024, 65_536][below(8)]
    }
  }

  private mutating func number() -> Float {
    [0, -0.0, 1, -1, 0.5, 1e-38, 3e38, .infinity, -.infinity, .nan, 1e9, -1e-3][below(12)]
  }

  mutating func change(_ model: inout ONNXModelProto) {
    switch below(12) {
    case 0: model.opsetImport = [.with { $0.version = Int64(9 + below(15)) }]
    case 1: changeInput(&model.graph)
    case 2, 3: changeInitializer(&model.graph)
    default: changeNode(&model.graph)
    }
  }

  private mutating func changeInput(_ graph: inout ONNXGraphProto) {
    guard !graph.input.isEmpty else { return }
    let index = below(graph.input.count)
    if below(4) == 0 {
      graph.input[index].type.tensorType.elemType = .init(rawValue: below(14)) ?? .float
    } else if below(3) == 0 || graph.input[index].type.tensorType.shape.dim.isEmpty {
      graph.input[index].type.tensorType.shape.dim.append(.with { $0.dimParam = "n" })
    } else {
      let axis = below(graph.input[index].type.tensorType.shape.dim.count)
      let length = integer()
      graph.input[index].type.tensorType.shape.dim[axis].value = below(3) == 0 ? .dimParam("n") : .dimValue(length)
    }
  }

  /// Makes an input known, or changes lengths or elements of a known one.
  private mutating func changeInitializer(_ graph: inout ONNXGraphProto) {
    if below(3) == 0 || graph.initializer.isEmpty {
      guard !graph.input.isEmpty else { return }
      let input = graph.input.remove(at: below(graph.input.count))
      let lengths = input.type.tensorType.shape.dim.map { min(max($0.dimValue, 0), 4) }
      graph.initializer.append(
        .with {
          $0.name = input.name
          $0.dims = lengths
          $0.dataType = input.type.tensorType.elemType
        })
      fill(&graph.initializer[graph.initializer.count - 1])
    } else {
      let index = below(graph.initializer.count)
      if below(3) == 0 { graph.initializer[index].dataType = [.int64, .float, .int32, .bool, .uint8][below(5)] }
      switch below(4) {
      case 0 where !graph.initializer[index].dims.isEmpty:
        graph.initializer[index].dims[below(graph.initializer[index].dims.count)] = integer()
      case 1: graph.initializer[index].dims = (0..<below(4)).map { _ in Int64(below(4)) }
      default: break
      }
      fill(&graph.initializer[index])
    }
  }

  private mutating func fill(_ tensor: inout ONNXTensorProto) {
    let count = Self.count(tensor.dims)
    tensor.clearRawData()
    (tensor.int64Data, tensor.floatData, tensor.int32Data) = ([], [], [])
    switch tensor.dataType {
    case .int64: tensor.int64Data = (0..<count).map { _ in integer() }
    case .float: tensor.floatData = (0..<count).map { _ in number() }
    default: tensor.int32Data = (0..<count).map { _ in Int32(below(2)) }
    }
  }

  /// The number of elements of a shape, or 1 if it is none of a few.
  private static func count(_ lengths: [Int64]) -> Int {
    let count = lengths.reduce(Int64(1)) { $0.multipliedReportingOverflow(by: $1).partialValue }
    return (0...256).contains(count) ? Int(count) : 1
  }

  private mutating func changeNode(_ graph: inout ONNXGraphProto) {
    guard !graph.node.isEmpty else { return }
    let index = below(graph.node.count)
    var node = graph.node[index]
    let names = graph.valueNames + [""]
    switch below(8) {
    case 0: node.opType = ONNXOperators.names.randomElement(using: &generator) ?? ""
    case 1 where !node.input.isEmpty: node.input[below(node.input.count)] = names[below(names.count)]
    case 2: node.input.append(names[below(names.count)])
    case 3 where !node.input.isEmpty: node.input.remove(at: below(node.input.count))
    case 4:
      // The node once more, of its own result, which then is the graph's.
      let output = "c\(graph.node.count)"
      if !node.input.isEmpty, let own = node.output.first { node.input[below(node.input.count)] = own }
      node.output = node.output.indices.map { $0 == 0 ? output : "\(output).\($0)" }
      graph.node.append(node)
      if !graph.output.isEmpty { graph.output[0].name = output }
      return
    default: changeAttribute(&node)
    }
    graph.node[index] = node
  }

  private mutating func changeAttribute(_ node: inout ONNXNodeProto) {
    let names = [
      "axis", "axes", "perm", "pads", "strides", "dilations", "kernel_shape", "group", "auto_pad", "ceil_mode", "to",
      "keepdims", "mode", "blocksize", "batch_dims", "output_padding", "output_shape", "k", "start", "end", "split",
      "num_outputs", "alpha", "beta", "epsilon", "equation", "direction", "hidden_size", "layout", "transA", "transB",
      "value", "value_ints", "sizes", "scales", "nearest_mode", "coordinate_transformation_mode", "antialias",
    ]
    if node.attribute.isEmpty || below(4) == 0 {
      let values = (0...below(5)).map { _ in integer() }
      node.attribute.append(
        .with {
          $0.name = names[below(names.count)]
          $0.i = values[0]
          $0.ints = values
          $0.type = below(2) == 0 ? .int : .ints
        })
      return
    }
    let index = below(node.attribute.count)
    if node.attribute[index].hasG, below(2) == 0 { return changeNode(&node.attribute[index].g) }
    if node.attribute[index].hasT, below(2) == 0 { return fill(&node.attribute[index].t) }
    switch below(4) {
    case 0: node.attribute.remove(at: index)
    case 1 where !node.attribute[index].ints.isEmpty:
      node.attribute[index].ints[below(node.attribute[index].ints.count)] = integer()
    case 1, 2: node.attribute[index].i = integer()
    default:
      node.attribute[index].f = number()
      node.attribute[index].floats = node.attribute[index].floats.map { _ in number() }
    }
  }
}

extension ONNXModelProto {
  fileprivate init?(_ start: UnsafePointer<UInt8>, _ count: Int) {
    guard let model = try? ONNXModelProto(serializedBytes: Data(bytes: start, count: count)) else { return nil }
    self = model
  }

  /// Writes the message, and returns its size; nil if it is too large.
  fileprivate func write(to start: UnsafeMutablePointer<UInt8>, _ capacity: Int) -> Int? {
    guard let bytes: [UInt8] = try? serializedBytes(), bytes.count <= capacity else { return nil }
    UnsafeMutableRawBufferPointer(start: start, count: capacity).copyBytes(from: bytes)
    return bytes.count
  }
}

extension ONNXGraphProto {
  fileprivate var valueNames: [String] { input.map(\.name) + initializer.map(\.name) + node.flatMap(\.output) }
}
