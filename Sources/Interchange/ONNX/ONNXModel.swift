import Foundation
import Graph
import SwiftProtobuf
import Tensors

/// A graph as an ONNX model, the format that ONNX Runtime, OpenVINO, TensorRT and Netron read.
///
/// Original and deployable form are both written: an efficient operation becomes the plain ones that it stands for. A graph
/// with a `QuantizationTable` becomes QDQ: wherever a value is integers, a QuantizeLinear and a DequantizeLinear, and
/// weights are int8 with a scale for each output channel.
public struct ONNXModel: Sendable {
  /// The version of ONNX's operators: the first whose QuantizeLinear knows 16-bit integers, which a quantised model has
  /// between a depthwise convolution and squeeze-excite. No later one has anything that is needed here.
  public static let operatorSet = 21
  /// The file format's version that belongs to ``operatorSet``.
  static let formatVersion: Int64 = 10
  /// A protocol buffer is smaller than 2 GiB.
  static let largestFile = Int(Int32.max)

  let proto: ONNXModelProto
  /// Whether values are integers in it.
  public let isQuantized: Bool

  /// The model's name.
  public var name: String { proto.graph.name }

  /// A model from a graph.
  ///
  /// - Parameters:
  ///   - graph: What is computed; symbolic lengths stay symbolic.
  ///   - weights: Its parameters, by path, and for a quantised graph their scales; float16 becomes float32.
  ///   - quantization: How values are integers.
  ///   - name: The model's name.
  ///   - metadata: What else the file tells, by key.
  /// - Throws: `GraphError` if the parts do not fit together, ``ONNXError`` if they do not fit the format.
  public init(
    _ graph: Graph, weights: [String: Tensor], quantization: QuantizationTable? = nil, name: String = "model",
    metadata: [(key: String, value: String)] = []
  ) throws {
    try self.init(graph, weights, quantization, name: name, metadata: metadata, largestFile: Self.largestFile)
  }

  init(
    _ graph: Graph, _ weights: [String: Tensor], _ quantization: QuantizationTable?, name: String,
    metadata: [(key: String, value: String)], largestFile: Int
  ) throws {
    try graph.verify()
    if let quantization {
      try quantization.check(weights: weights, for: graph)
    } else {
      try graph.check(weights: weights)
    }
    // Before anything is copied; what is not weights is small.
    let bytes = graph.parameters.reduce(0) { sum, parameter in
      guard let tensor = weights[parameter.path] else { return sum }
      return sum + tensor.count * (tensor.elementType == .float16 ? 4 : tensor.elementType.byteCount)
    }
    guard bytes < largestFile else { throw ONNXError.tooLarge(bytes: bytes) }
    var proto = ONNXModelProto()
    proto.irVersion = Self.formatVersion
    proto.producerName = "VideoAccelerator"
    proto.opsetImport = [.with { $0.version = Int64(Self.operatorSet) }]
    proto.graph = try ONNXExporter(graph, weights: weights, table: quantization).exported()
    proto.graph.name = name
    proto.metadataProps = metadata.map { entry in
      .with {
        $0.key = entry.key
        $0.value = entry.value
      }
    }
    self.proto = proto
    isQuantized = quantization != nil
  }

  /// Writes the file, whole or not at all; equal models give equal bytes.
  ///
  /// - Throws: ``ONNXError`` if the file would be too large, `FileError` if it cannot be written.
  public func write(to path: String) throws {
    let bytes: [UInt8]
    do {
      bytes = try proto.serializedBytes()
    } catch is BinaryEncodingError {
      // Nothing else can be wrong with a message without required fields.
      throw ONNXError.tooLarge(bytes: Self.largestFile)
    }
    try AtomicFile.write(to: path) { file in try file.append(bytes) }
  }
}

/// A graph that ONNX cannot hold.
public enum ONNXError: UserFacingError, Equatable {
  /// An operation of one's own, of which ONNX knows nothing.
  case operation(String, scope: String)
  /// Weights that do not fit one file.
  case tooLarge(bytes: Int)

  /// One sentence that says what does not fit.
  public var description: String {
    switch self {
    case .operation(let name, let scope):
      "\(name)\(scope.isEmpty ? "" : " in \(scope)") has no form in ONNX: a model of the package's own operations can be exported"
    case .tooLarge(let bytes):
      "the model has \(bytes >> 20) MiB of weights, and an ONNX file holds less than 2 GiB: export it in int8, or a smaller one"
    }
  }
}
