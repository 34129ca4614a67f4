import IR
import Tensors

/// Two convolutions, a sum and a mean: all that tests of graphs and files need.
public enum TinyNetwork {
  /// `[N, 3, T, H, W]` to `[N, channels]`.
  public static func graph(channels: Int = 4) -> Graph {
    Graph.build(input: .clip(channels: 3)) { clip in
      let builder = clip.builder
      let stem = builder.scoped("stem") {
        clip.applying(
          Operations.Convolution(window: Window(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1])),
          builder.parameter("weight", shape: [channels, 3, 1, 3, 3]))
      }
      let branch = builder.scoped("branch") {
        stem.applying(
          Operations.Convolution(window: Window(kernel: [3, 3, 3], padding: [1, 1, 1]), groups: channels),
          builder.parameter("weight", shape: [channels, 1, 3, 3, 3]))
      }
      return (stem + branch).applying(Operations.Activation(.relu)).mean(axes: [2, 3, 4])
    }
  }

  /// Weights for a graph.
  public static func weights(_ graph: Graph) -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: graph.parameters.map { parameter in
        let shape = graph.type(parameter.value).fixedShape ?? []
        let values = (0..<shape.reduce(1, *)).map { Float($0 % 7) / 7 - 0.4 }
        return (parameter.path, Tensor(values, shape: shape))
      })
  }
}
