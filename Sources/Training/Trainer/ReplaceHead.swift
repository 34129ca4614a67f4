import IR
import Architectures
import Tensors

/// Weights of a trained network for one with other classes: all but the last layer's are taken over.
public enum ReplaceHead {
  /// The weights for a network.
  ///
  /// - Parameters:
  ///   - network: With its own number of classes.
  ///   - trained: Weights of a network that differs in the last layer alone.
  ///   - seed: The last layer's new weights follow from it.
  ///   - keepsHead: Whether to keep the last layer too: the classes are the same.
  /// - Throws: ``TrainingError/weightsDoNotFit(parameter:)`` if another layer differs.
  public static func weights(
    for network: Graph, from trained: [String: Tensor], seed: UInt64, keepsHead: Bool
  ) throws -> [String: Tensor] {
    let head = try headParameters(of: network)
    let fresh = RandomWeights.parameters(of: network, seed: seed)
    var result: [String: Tensor] = [:]
    for parameter in network.parameters {
      let path = parameter.path
      if head.contains(path), !keepsHead {
        // Small first weights of the classifier: all classes begin alike, and what was learned before is not shaken.
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

  /// The paths of the classifier's parameters.
  private static func headParameters(of network: Graph) throws -> Set<String> {
    guard let last = network.classifier else {
      throw TrainingError.notAClassifier(result: "what no layer with weights gives")
    }
    return Set(network.nodes[last].inputs.dropFirst().map { network[$0].name })
  }
}
