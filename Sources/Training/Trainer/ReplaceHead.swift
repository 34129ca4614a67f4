import IR
import Tensors

/// Transfers the weights of a trained network, except those of the last layer, to a network with other classes.
public enum ReplaceHead {
  /// Returns the weights for a network.
  ///
  /// - Parameters:
  ///   - network: The network, with its own number of classes.
  ///   - trained: The weights of a network that differs only in the last layer.
  ///   - seed: The random seed of the last layer's new weights.
  ///   - keepsHead: Whether to keep the last layer too, because the classes are the same.
  ///   - head: The path of the last layer or of one of its parameters; nil for the last one with weights.
  /// - Throws: ``TrainingError/weightsDoNotFit(parameter:)`` if another layer differs.
  public static func weights(
    for network: Graph, from trained: [String: Tensor], seed: UInt64, keepsHead: Bool, head: String? = nil
  ) throws -> [String: Tensor] {
    let head = try headParameters(of: network, named: head)
    let fresh = RandomWeights.parameters(of: network, seed: seed)
    var result: [String: Tensor] = [:]
    for parameter in network.parameters {
      let path = parameter.path
      if head.contains(path), !keepsHead {
        // Small initial weights of the classifier: all classes start alike, and the pretrained layers are not
        // disturbed.
        let values: [Float] = fresh[path]?.elements() ?? []
        result[path] = Tensor(values.map { 0.1 * $0 }, shape: fresh[path]?.shape ?? [])
        continue
      }
      guard let tensor = trained[path], tensor.shape == fresh[path]?.shape else {
        throw TrainingError.weightsDoNotFit(parameter: path)
      }
      result[path] = tensor.converted(to: .float32)
    }
    return result
  }

  /// Returns the paths of the parameters of the classifier.
  private static func headParameters(of network: Graph, named name: String?) throws -> Set<String> {
    if name == nil, network.classifier == nil {
      throw TrainingError.notAClassifier(result: "what no layer with weights gives")
    }
    return Set(try network.weights(of: network.classifier(named: name)).map { network[$0].name })
  }
}
