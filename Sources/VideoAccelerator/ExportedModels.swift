import Formats
import IR
import Models
import Tensors

extension Model {
  /// The model as ONNX, in the form that it is in, with its preprocessing and labels: QDQ if its values are integers, float16 between
  /// inputs and outputs if it is in fp16.
  ///
  /// - Parameter precision: fp32 or fp16 for the numbers that a model's integers stand for, int8 for QDQ; the model's own if
  ///   not given.
  /// - Throws: `ModelError.notQuantized(model:)` if int8 is asked for and the model has none, `ONNXError` if the format does not
  ///   hold it, `GraphError` if weights do not fit.
  public func onnx(precision: Precision? = nil) throws -> ONNXModel {
    if precision == .int8, quantization == nil { throw ModelError.notQuantized(model: name) }
    let precision = precision ?? self.precision
    let table = precision == .int8 ? quantization : nil
    return try ONNXModel(
      graph, weights: table == nil ? floatWeights() : weights, quantization: table, precision: precision, name: name,
      metadata: onnxMetadata(precision))
  }

  /// What a file tells beside the graph: as in an `.accel` file, under the same keys.
  private func onnxMetadata(_ precision: Precision) -> [(key: String, value: String)] {
    [
      ("target", target), ("precision", precision.rawValue),
      ("source", provenance.source.isEmpty ? nil : provenance.source),
      ("preprocessing", preprocessing == .null ? nil : preprocessing.text()),
      ("labels", labels.isEmpty ? nil : JSON(labels).text()),
    ].compactMap { key, value in value.map { (key, $0) } }
  }
}
