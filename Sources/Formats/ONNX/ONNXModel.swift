import Foundation
import IR
import SwiftProtobuf
import Tensors

/// A graph as an ONNX model, the format that ONNX Runtime, OpenVINO, TensorRT and Netron read.
///
/// Original and deployable form can be written: an efficient operation becomes the plain ones that it replaces. A graph
/// with a `QuantizationTable` becomes QDQ: a QuantizeLinear and a DequantizeLinear wherever a value is quantized, and
/// int8 weights with a scale for each output channel. Floating-point inputs and outputs are float32 in every precision.
///
/// A state becomes an input with its name and an output `<name>_next` after all others; the caller passes the output's
/// value to the input in the next run. The metadata's `states` (JSON) contains both names, and the value of all elements
/// in the first run.
public struct ONNXModel: Sendable {
  /// The versions of ONNX's operators that can be written.
  public static let operatorSets = 17...23
  /// The version for floating point: that of 2022, which all runtimes since then read.
  public static let floatOperatorSet = 17
  /// The first version whose QuantizeLinear supports 16-bit integers, which a quantized model has between a depthwise
  /// convolution and squeeze-excite.
  public static let quantizedOperatorSet = 21
  /// The largest file in bytes: a protocol buffer is smaller than 2 GiB.
  static let largestFile = Int(Int32.max)

  let proto: ONNXModelProto
  /// The version of ONNX's operators.
  public let operatorSet: Int
  /// The number format; int8 if values are quantized.
  public let precision: Precision
  /// Whether the sum of two products of a quantized weight and an unsigned byte always fits 16 bits, as with weights of
  /// `WeightRange.reduced`; also true if no weight is quantized.
  ///
  /// If not, ONNX Runtime's results are wrong on x86 processors without VNNI, unless its session option
  /// `session.x64quantprecision` is 1.
  public let sumsFit16Bits: Bool

  /// The model's name.
  public var name: String { proto.graph.name }

  /// Creates a model from a graph.
  ///
  /// - Parameters:
  ///   - graph: The graph; symbolic lengths stay symbolic.
  ///   - weights: Its parameters, by path, and for a quantized graph their scales.
  ///   - quantization: How values are quantized; nil for floating point.
  ///   - precision: The format of floating-point values, fp32 or fp16, which weights are converted to. A quantized
  ///     graph's are fp32.
  ///   - operatorSet: The version of ONNX's operators, one of ``operatorSets``; nil for ``quantizedOperatorSet`` if
  ///     values are quantized, and ``floatOperatorSet`` if not.
  ///   - name: The model's name.
  ///   - metadata: Additional metadata of the file, by key.
  /// - Throws: `GraphError` if the parts do not fit together, ``ONNXError`` if they do not fit the format.
  public init(
    _ graph: Graph, weights: [String: Tensor], quantization: QuantizationTable? = nil, precision: Precision = .fp32,
    operatorSet: Int? = nil, name: String = "model", metadata: [(key: String, value: String)] = []
  ) throws {
    try self.init(
      graph, weights, quantization, precision, operatorSet: operatorSet, name: name, metadata: metadata,
      largestFile: Self.largestFile)
  }

  init(
    _ graph: Graph, _ weights: [String: Tensor], _ quantization: QuantizationTable?, _ precision: Precision = .fp32,
    operatorSet: Int? = nil, name: String, metadata: [(key: String, value: String)], largestFile: Int
  ) throws {
    let isHalf = precision == .fp16 && quantization == nil
    let lowest = quantization == nil ? Self.floatOperatorSet : Self.quantizedOperatorSet
    var allowed = lowest...Self.operatorSets.upperBound
    if let operatorSet, !allowed.contains(operatorSet) { throw ONNXError.operatorSet(operatorSet, allowed: allowed) }
    try graph.verify()
    if let quantization {
      try quantization.check(weights: weights, for: graph)
    } else {
      try graph.check(weights: weights)
    }
    // Before anything is copied; everything except the weights is small.
    let bytes = graph.parameters.reduce(0) { sum, parameter in
      guard let tensor = weights[parameter.path] else { return sum }
      let isFloat = [.float16, .float32].contains(tensor.elementType)
      return sum + tensor.count * (isFloat ? isHalf ? 2 : 4 : tensor.elementType.byteCount)
    }
    guard bytes < largestFile else { throw ONNXError.tooLarge(bytes: bytes) }
    try Self.checkNumbers(weights, of: graph, isHalf: isHalf)
    var exporter = try ONNXExporter(
      graph, weights: weights, table: quantization, isHalf: isHalf, operatorSet: operatorSet ?? lowest)
    var proto = ONNXModelProto()
    proto.graph = try exporter.exported()
    // Which version operators need is known when they are written.
    if exporter.builder.neededOperatorSet > exporter.builder.operatorSet {
      allowed = exporter.builder.neededOperatorSet...allowed.upperBound
      if let operatorSet { throw ONNXError.operatorSet(operatorSet, allowed: allowed) }
      exporter = try ONNXExporter(
        graph, weights: weights, table: quantization, isHalf: isHalf, operatorSet: allowed.lowerBound)
      proto.graph = try exporter.exported()
    }
    self.operatorSet = exporter.builder.operatorSet
    proto.irVersion = Self.formatVersion(of: exporter.builder.operatorSet)
    proto.producerName = "VideoAccelerator"
    proto.opsetImport = [.with { $0.version = Int64(exporter.builder.operatorSet) }]
    proto.graph.name = name
    let states = exporter.states.count == 0 ? [] : [(key: "states", value: JSON.object(exporter.states).text())]
    proto.metadataProps = (metadata + states).map { entry in
      .with {
        $0.key = entry.key
        $0.value = entry.value
      }
    }
    self.proto = proto
    self.precision = quantization != nil ? .int8 : isHalf ? .fp16 : .fp32
    sumsFit16Bits = try quantization.map { try $0.largestWeight(weights, in: graph) <= 64 } ?? true
  }

  /// Returns the version of the file format that came with a version of the operators.
  private static func formatVersion(of operatorSet: Int) -> Int64 {
    switch operatorSet {
    case ...18: 8
    case ...20: 9
    case ...22: 10
    default: 11
    }
  }

  /// - Throws: ``ONNXError/notFinite(parameter:value:)`` for NaN or infinity, ``ONNXError/overflow(parameter:value:)``
  ///   for a weight that is out of float16's range.
  private static func checkNumbers(
    _ weights: [String: Tensor], of graph: Graph, isHalf: Bool
  ) throws(ONNXError) {
    let masks = graph.masks
    for parameter in graph.parameters {
      guard let tensor = weights[parameter.path], tensor.elementType.isFloatingPoint else { continue }
      let values = tensor.converted(to: .float32).elements(as: Float.self)
      if tensor.holdsNotFinite(isMask: masks.contains(parameter.path)) {
        throw .notFinite(parameter: parameter.path, value: values.first { !$0.isFinite } ?? .nan)
      }
      if isHalf, let value = values.first(where: { $0.isFinite && !Float16($0).isFinite }) {
        throw .overflow(parameter: parameter.path, value: value)
      }
    }
  }

  /// Writes the file, as a whole or not at all; equal models give equal bytes.
  ///
  /// - Throws: ``ONNXError`` if the file would be too large, `FileError` if it cannot be written.
  public func write(to path: String) throws {
    let bytes: [UInt8]
    do {
      bytes = try proto.serializedBytes()
    } catch is BinaryEncodingError {
      // Nothing else can fail for a message without required fields.
      throw ONNXError.tooLarge(bytes: Self.largestFile)
    }
    try AtomicFile.write(to: path) { file in try file.append(bytes) }
  }
}

/// Why a graph cannot be written as ONNX.
public enum ONNXError: UserFacingError, Equatable {
  /// A custom operation that ONNX does not have.
  case operation(String, scope: String)
  /// Weights that do not fit one file.
  case tooLarge(bytes: Int)
  /// A weight that is NaN or infinity.
  case notFinite(parameter: String, value: Float)
  /// A weight that is out of float16's range.
  case overflow(parameter: String, value: Float)
  /// A version of ONNX's operators that the model cannot be written in.
  case operatorSet(Int, allowed: ClosedRange<Int>)

  /// A sentence that says what does not fit.
  public var description: String {
    switch self {
    case .operation(let name, let scope):
      "\(name)\(scope.isEmpty ? "" : " in \(scope)") has no form in ONNX: a model of the package's own operations can be exported"
    case .notFinite(let parameter, let value):
      "the weight \(parameter) holds \(value.isNaN ? "NaN" : "infinity"): the model is damaged, or its training diverged"
    case .overflow(let parameter, let value):
      "the weight \(parameter) holds \(value), which does not fit float16: export the model in fp32"
    case .operatorSet(let version, let allowed):
      "the model can be written in ONNX operator sets \(allowed.lowerBound) to \(allowed.upperBound), not in \(version)"
        + (allowed.lowerBound > ONNXModel.floatOperatorSet ? ": its operators are as new as that" : "")
    case .tooLarge(let bytes):
      "the model has \(bytes >> 20) MiB of weights, and an ONNX file holds less than 2 GiB: export it in int8, or a smaller one"
    }
  }
}

extension QuantizationTable {
  /// Returns the largest absolute value of all quantized weights.
  fileprivate func largestWeight(_ weights: [String: Tensor], in graph: Graph) throws(GraphError) -> Int {
    try points(in: graph).weights.reduce(0) { largest, weight in
      let bytes = weights[graph[weight.parameter].name]?.elements(as: Int8.self) ?? []
      return bytes.reduce(largest) { max($0, abs(Int($1))) }
    }
  }
}
