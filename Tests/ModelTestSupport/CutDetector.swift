import Architectures
import IR
import Tensors

/// A TransNet V2 of one filter whose weights are made up: a frame is the last one of a shot if the colors of the next one are others.
public enum CutDetector {
  /// The network.
  public static var architecture: Architecture {
    var options = TransNetV2Configuration()
    options.filters = 1
    options.hiddenFeatures = 1
    return Architecture(options)
  }

  /// Weights for the network: all but those on the way of one comparison are 0.
  public static func weights() throws -> [String: Tensor] {
    let graph = try architecture.graph()
    var weights: [String: Tensor] = [:]
    for parameter in graph.parameters {
      let shape = graph.type(parameter.value).fixedShape ?? []
      var values = [Float](repeating: parameter.path.hasSuffix("running_var") ? 1 : 0, count: shape.reduce(1, *))
      switch parameter.path {
      // 1 − the similarity to the next frame, of 101 frames of which the middle one is the frame itself.
      case "color_hist_layer.fc.weight": values[51] = -1
      case "color_hist_layer.fc.bias": values[0] = 1
      case "fc1.weight": values[0] = 1
      case "cls_layer1.weight", "cls_layer2.weight": values[0] = 20
      case "cls_layer1.bias", "cls_layer2.bias": values[0] = -10
      default: break
      }
      weights[parameter.path] = Tensor(values, shape: shape)
    }
    return weights
  }
}
