import IR
import Tensors

/// A model that was read from an ONNX file, such as PyTorch's exporters write.
///
/// Operator sets 9 to 23 are read. Floating-point values of any width become float32, and what depends on constants and
/// on known lengths alone is computed while reading. Inputs keep their names, and parameters those of the file's
/// initializers.
public struct ONNXImport: Sendable {
  /// The network.
  public let graph: Graph
  /// Its parameters, by path.
  public let weights: [String: Tensor]
  /// The name of the graph in the file.
  public let name: String
  /// The program that wrote the file, such as `pytorch 2.13.0`; empty if it does not say.
  public let producer: String
  /// The metadata of the file, by key.
  public let metadata: [String: String]
  /// The version of ONNX's operators that the file uses.
  public let operatorSet: Int

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The file. Tensors that are not in it are read from files in its folder or below.
  ///   - inputShapes: Shapes of inputs, by name, where the file leaves lengths open. A network whose control flow or
  ///     channels depend on these lengths can be read only with them.
  /// - Throws: `FileError` if a file cannot be read; ``ONNXImportError`` with all operators that are not supported and
  ///   all nodes that are not valid; `GraphError`.
  public init(contentsOf path: String, inputShapes: [String: [Int]] = [:]) throws {
    let file = try ONNXFile(path: path)
    let importer = ONNXImporter(file)
    let whole = try importer.graph(inputShapes: inputShapes)
    // Shape arithmetic whose results were known is left over.
    var rewriter = try GraphRewriter(ModelProgram(whole, weights: importer.weights))
    for index in whole.nodes.indices { try rewriter.keep(index) }
    let program = try rewriter.finish()
    graph = program.graph
    weights = program.weights
    name = file.proto.graph.name
    producer = [file.proto.producerName, file.proto.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
    metadata = Dictionary(file.proto.metadataProps.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    operatorSet = file.operatorSet
  }

  /// Returns whether a file may be an ONNX file: by its name, or because a protocol buffer with a version of the format
  /// begins it.
  public static func matches(_ file: MappedFile) -> Bool {
    if file.path.lowercased().hasSuffix(".onnx") { return true }
    return file.count > 2 && file.bytes[0] == 0x08 && (1...20).contains(file.bytes[1]) && file.bytes[2] == 0x12
  }
}
