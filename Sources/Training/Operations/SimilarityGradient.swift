import IR
import Tensors

extension Operations {
  /// The gradient of the similarity of each frame to those around it.
  ///
  /// Inputs: x `[N, C, T, H, W]`, the result's gradient `[N, frameCount, T, H, W]`. Result: x's gradient.
  struct TemporalSimilarityGradient: Operation {
    static let name = "temporal_similarity_gradient"
    var frameCount: Int

    var facts: OperationFacts {
      OperationFacts(
        reach: .clip, cost: .multiplyAdds { inputs, _ in 2 * inputs[1].reduce(1, *) * inputs[0][1] }, integers: .none)
    }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(2)
      guard try TemporalSimilarity(frameCount: frameCount).resultTypes([inputs[0]])[0].shape == inputs[1].shape else {
        throw ShapeError("the gradient does not fit x")
      }
      return [inputs[0]]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let (x, dy): ([Float], [Float]) = (inputs[0].elements(), inputs[1].elements())
      let shape = inputs[0].shape
      let (channels, frames, plane) = (shape[1], shape[2], shape[3] * shape[4])
      var dx = [Float](repeating: 0, count: x.count)
      for line in 0..<shape[0] * plane {
        let (n, position) = (line / plane, line % plane)
        func index(_ channel: Int, _ frame: Int, of count: Int) -> Int {
          ((n * count + channel) * frames + frame) * plane + position
        }
        let vectors = (0..<frames).map { frame in (0..<channels).map { Double(x[index($0, frame, of: channels)]) } }
        let lengths = vectors.map { max($0.reduce(0) { $0 + $1 * $1 }.squareRoot(), Reference.leastLength) }
        let units = zip(vectors, lengths).map { vector, length in vector.map { $0 / length } }
        var gradients = [[Double]](repeating: [Double](repeating: 0, count: channels), count: frames)
        for frame in 0..<frames {
          for k in 0..<frameCount {
            let other = frame + k - frameCount / 2
            guard units.indices.contains(other) else { continue }
            let gradient = Double(dy[index(k, frame, of: frameCount)])
            for channel in 0..<channels {
              gradients[frame][channel] += gradient * units[other][channel]
              gradients[other][channel] += gradient * units[frame][channel]
            }
          }
        }
        // The derivative of a unit vector has no part along the vector.
        for frame in 0..<frames {
          let along = zip(units[frame], gradients[frame]).reduce(0) { $0 + $1.0 * $1.1 }
          for channel in 0..<channels {
            let across = gradients[frame][channel] - units[frame][channel] * along
            dx[index(channel, frame, of: channels)] = Float(across / lengths[frame])
          }
        }
      }
      return [Tensor(dx, shape: shape)]
    }
  }
}
