import IR
import Models
import Preprocessing
import Tensors
import TestSupport
import VideoAccelerator

/// Small classifiers of streams, and frames for them.
enum SmallStreams {
  /// Clips of 4 frames, 6 a second, of 16² pixels.
  static let recipe = Result { try ClipRecipe(frameCount: 4, samplingRate: 5, shortSide: 18, cropSize: 16) }

  /// No averaging and no hysteresis: a prediction is what the model says.
  static let plain = StreamOptions(method: .continual, window: 0, margin: 0, shortest: 0, topCount: 4)

  /// A model that has a continual form.
  static func model(recipe: ClipRecipe? = nil, scale: Float = 4) throws -> Model {
    let graph = TinyNetwork.graph()
    let weights = TinyNetwork.weights(graph).mapValues { tensor in
      Tensor(tensor.elements(as: Float.self).map { $0 * scale }, shape: tensor.shape)
    }
    return try Model(
      name: "tiny", graph: graph, weights: weights, recipe: recipe ?? Self.recipe.get(),
      labels: ["ant", "bee", "cat", "dog"])
  }

  /// A model whose stride in time is 2, so that it has no continual form.
  static func stridedModel() throws -> Model {
    let graph = Graph.build(input: .clip(channels: 3)) { clip in
      let window = Window(kernel: [3, 3, 3], stride: [2, 2, 2], padding: [1, 1, 1])
      return clip.applying(
        Operations.Convolution(window: window), clip.builder.parameter("weight", shape: [4, 3, 3, 3, 3])
      ).mean(axes: [2, 3, 4])
    }
    return try Model(name: "strided", graph: graph, weights: TinyNetwork.weights(graph), recipe: recipe.get())
  }

  /// A frame of stripes and noise that differ from number to number.
  static func frame(_ number: Int, at time: Double, width: Int = 24, height: Int = 20) throws -> Frame {
    var generator = SeededGenerator(seed: UInt64(bitPattern: Int64(number)))
    let phase = Int.random(in: 0..<60, using: &generator)
    let pixels = (0..<width * height * 3).map { index in
      UInt8(truncatingIfNeeded: (index / 3 % width * 9 + phase * (index % 3 + 1)) % 200) &+ UInt8(generator.next() % 50)
    }
    return try Frame(width: width, height: height, pixels: pixels, timestamp: time)
  }

  /// Frames at a constant rate.
  static func frames(_ count: Int, rate: Double = 6, start: Double = 0) throws -> [Frame] {
    try (0..<count).map { try frame($0, at: start + Double($0) / rate) }
  }

  /// All that is the same in every run: the time that predictions took is not.
  static func texts(_ predictions: [StreamPrediction?]) -> [String] {
    predictions.map { prediction in
      prediction.map {
        "\($0.timestamp) \($0.best) \($0.top.map { "\($0.index) \($0.score.bitPattern)" }) \($0.hasChanged)"
      }
        ?? "-"
    }
  }
}

extension FrameClassifier {
  /// The predictions that some frames give.
  func all(_ frames: [Frame]) throws -> [StreamPrediction] { try frames.compactMap { try push($0) } }
}
