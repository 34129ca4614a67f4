import Foundation
import IR
import Tensors

/// Builds an ONNX graph: nodes, constants, and unique names.
final class ONNXBuilder {
  private(set) var proto = ONNXGraphProto()
  private var taken: Set<String> = []
  /// Whether the floating-point values between inputs and outputs are float16.
  private let isHalf: Bool
  /// The version of ONNX's operators.
  let operatorSet: Int
  /// The version that nodes need.
  private(set) var neededOperatorSet = 0

  init(isHalf: Bool, operatorSet: Int) {
    self.isHalf = isHalf
    self.operatorSet = operatorSet
  }

  /// Records the version of ONNX's operators that a node needs.
  func requires(operatorSet: Int) { neededOperatorSet = max(neededOperatorSet, operatorSet) }

  /// Returns the type in which values of a type are computed.
  func inner(_ type: ElementType) -> ElementType {
    switch type {
    case .float32, .float16: isHalf ? .float16 : .float32
    default: type
    }
  }

  /// Returns a unique name: the given one, or that with a number.
  func unique(_ name: String) -> String {
    var result = name
    var count = 1
    while !taken.insert(result).inserted {
      count += 1
      result = "\(name)_\(count)"
    }
    return result
  }

  /// Adds an input, with a name from ``unique(_:)``.
  func addInput(_ name: String, _ type: ValueType) { proto.input.append(ONNXValueInfoProto(name, type)) }

  /// Adds an output, with a name from ``unique(_:)``, for a value.
  func addOutput(_ name: String, _ type: ValueType, value: String) {
    if inner(type.elementType) == type.elementType {
      addNode("Identity", [value], outputs: [name])
    } else {
      addNode("Cast", [value], ["to": .int(type.elementType.onnx.rawValue)], outputs: [name])
    }
    proto.output.append(ONNXValueInfoProto(name, type))
  }

  /// Returns a value cast to another type, or itself if it already has that type.
  func cast(_ value: String, _ type: ElementType, to target: ElementType, at place: String) -> String {
    type == target ? value : node("Cast", [value], ["to": .int(target.onnx.rawValue)], at: place)
  }

  /// Records the type of a value.
  func describe(_ name: String, _ type: ValueType) {
    let type = ValueType(type.shape, elementType: inner(type.elementType))
    proto.valueInfo.append(ONNXValueInfoProto(name, type))
  }

  /// Adds a node with one output, which has the node's name.
  func node(_ type: String, _ inputs: [String], _ attributes: ONNXAttributes = [:], at place: String) -> String {
    node(type, inputs, attributes, resultCount: 1, at: place)[0]
  }

  /// Adds a node with several outputs, of which the first one has the node's name.
  func node(
    _ type: String, _ inputs: [String], _ attributes: ONNXAttributes, resultCount: Int, at place: String
  ) -> [String] {
    let outputs = (0..<resultCount).map { _ in unique("\(place)/\(type)") }
    addNode(type, inputs, attributes, outputs: outputs)
    return outputs
  }

  /// Adds a constant, with the given name if it is free; floating-point numbers have the type in which values are
  /// computed, or another one if it is given.
  func constant(_ tensor: Tensor, as name: String, type: ElementType? = nil) -> String {
    let name = unique(name)
    let tensor = tensor.converted(to: type ?? inner(tensor.elementType))
    proto.initializer.append(
      .with {
        $0.name = name
        $0.dims = tensor.shape.map { Int64($0) }
        $0.dataType = tensor.elementType.onnx
        $0.rawData = tensor.withUnsafeBytes { Data($0) }
      })
    return name
  }

  private func addNode(_ type: String, _ inputs: [String], _ attributes: ONNXAttributes = [:], outputs: [String]) {
    proto.node.append(
      .with {
        $0.opType = type
        $0.name = outputs[0]
        $0.input = inputs
        $0.output = outputs
        $0.attribute = attributes.sorted { $0.key < $1.key }.map { $0.value.proto(name: $0.key) }
      })
  }
}

/// A node's attributes, by name.
typealias ONNXAttributes = [String: ONNXAttribute]

/// The value of an attribute.
enum ONNXAttribute {
  case int(Int)
  case ints([Int])
  case float(Float)
  case string(String)

  /// Returns a Boolean attribute, which is a number in ONNX.
  static func flag(_ value: Bool) -> ONNXAttribute { .int(value ? 1 : 0) }

  func proto(name: String) -> ONNXAttributeProto {
    .with {
      $0.name = name
      switch self {
      case .int(let value):
        $0.type = .int
        $0.i = Int64(value)
      case .ints(let values):
        $0.type = .ints
        $0.ints = values.map { Int64($0) }
      case .float(let value):
        $0.type = .float
        $0.f = value
      case .string(let value):
        $0.type = .string
        $0.s = Data(value.utf8)
      }
    }
  }
}

extension ONNXValueInfoProto {
  fileprivate init(_ name: String, _ type: ValueType) {
    self = .with {
      $0.name = name
      $0.type.tensorType.elemType = type.elementType.onnx
      $0.type.tensorType.shape.dim = type.shape.map { length in
        .with {
          switch length {
          case .fixed(let value): $0.dimValue = Int64(value)
          case .symbolic(let expression): $0.dimParam = expression
          }
        }
      }
    }
  }
}

extension ElementType {
  /// The number of the type in ONNX.
  var onnx: ONNXTensorProto.DataType {
    switch self {
    case .float64: .double
    case .float32: .float
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .int64: .int64
    case .int32: .int32
    case .int16: .int16
    case .int8: .int8
    case .uint64: .uint64
    case .uint32: .uint32
    case .uint16: .uint16
    case .uint8: .uint8
    case .bool: .bool
    }
  }
}
