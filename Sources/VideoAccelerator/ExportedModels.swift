import Formats
import IR
import Models
import Tensors

extension Model {
  /// Returns the model as ONNX in its form, with its preprocessing and labels: QDQ if its values are quantized, with
  /// float16 between inputs and outputs if it is in fp16.
  ///
  /// - Parameters:
  ///   - precision: fp32 or fp16 for the dequantized numbers of an int8 model, int8 for QDQ; nil for the model's own.
  ///   - operatorSet: The version of ONNX's operators, one of `ONNXModel.operatorSets`; nil for the one that most
  ///     runtimes read, 17 in floating point and 21 in int8.
  /// - Throws: `ModelError.notQuantized(model:)` if int8 is requested and the model is in floating point, `ONNXError`
  ///   if it does not fit the format, `GraphError` if weights do not fit.
  public func onnx(precision: Precision? = nil, operatorSet: Int? = nil) throws -> ONNXModel {
    if precision == .int8, quantization == nil { throw ModelError.notQuantized(model: name) }
    let precision = precision ?? self.precision
    let table = precision == .int8 ? quantization : nil
    return try ONNXModel(
      graph, weights: table == nil ? floatWeights() : weights, quantization: table, precision: precision,
      operatorSet: operatorSet, name: name,
      metadata: onnxMetadata(precision))
  }

  /// Returns the metadata of the file, with the same keys as in an `.accel` file.
  private func onnxMetadata(_ precision: Precision) -> [(key: String, value: String)] {
    [
      ("target", target), ("precision", precision.rawValue),
      ("source", provenance.source.isEmpty ? nil : provenance.source),
      ("preprocessing", preprocessing == .null ? nil : preprocessing.text()),
      ("steps", stepTiming?.encoded.text()),
      ("labels", labels.isEmpty ? nil : JSON(labels).text()),
    ].compactMap { key, value in value.map { (key, $0) } }
  }
}
