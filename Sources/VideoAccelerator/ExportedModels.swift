import IR
import Formats
import Zoo
import Tensors

extension ZooModel {
  /// The model in original form as ONNX, in fp32, with its preprocessing and labels.
  ///
  /// - Parameter source: Where the weights come from, for people.
  /// - Throws: ``ONNXError`` if the format does not hold it.
  public func onnx(source: String) throws -> ONNXModel {
    try ONNXModel(
      graph, weights: weights, name: name,
      metadata: ONNXModel.metadata(
        precision: .fp32, source: source, preprocessing: recipe.encoded, labels: labels))
  }
}

extension DeployableFile {
  /// The model in deployable form as ONNX, with its preprocessing and labels: QDQ if its values are integers, float16 between
  /// inputs and outputs if it is in fp16.
  ///
  /// - Parameter precision: fp32 or fp16 for the numbers that a model's integers stand for, int8 for QDQ; the model's own if
  ///   not given.
  /// - Throws: `ModelRequestError.notQuantized(model:)` if int8 is asked for and the model has none, ``ONNXError`` if the format does not
  ///   hold it, `GraphError` if weights do not fit.
  public func onnx(precision: Precision? = nil) throws -> ONNXModel {
    if precision == .int8, quantization == nil {
      throw ModelRequestError.notQuantized(model: name)
    }
    let precision = precision ?? self.precision
    let table = precision == .int8 ? quantization : nil
    return try ONNXModel(
      graph, weights: table == nil ? floatWeights() : weights, quantization: table, precision: precision, name: name,
      metadata: ONNXModel.metadata(
        target: target, precision: precision, source: source, preprocessing: preprocessing, labels: labels))
  }
}

extension ONNXModel {
  /// What a file tells beside the graph: as in an `.accel` file, under the same keys.
  fileprivate static func metadata(
    target: String? = nil, precision: Precision, source: String, preprocessing: JSON, labels: [String]
  ) -> [(key: String, value: String)] {
    [
      ("target", target), ("precision", precision.rawValue), ("source", source.isEmpty ? nil : source),
      ("preprocessing", preprocessing == .null ? nil : preprocessing.text()),
      ("labels", labels.isEmpty ? nil : JSON(labels).text()),
    ].compactMap { key, value in value.map { (key, $0) } }
  }
}
