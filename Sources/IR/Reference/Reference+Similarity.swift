import Tensors

extension Reference {
  /// The least length of a vector that is normalized, that of PyTorch's `normalize`.
  package static let leastLength = 1e-12

  /// Returns the cosine similarity of each frame's channels to those of the frames around it.
  ///
  /// - Parameters:
  ///   - x: `[N, C, T, H, W]`.
  ///   - frameCount: The number of frames to compare with, the frame itself in the middle.
  /// - Returns: `[N, frameCount, T, H, W]`; 0 for frames outside of the clip.
  public static func temporalSimilarity(_ x: Tensor, frameCount: Int) -> Tensor {
    let (channels, frames, plane) = (x.shape[1], x.shape[2], product(x.shape[3...]))
    var shape = x.shape
    shape[1] = frameCount
    return Tensor(shape: shape, as: Float.self) { y in
      x.withUnsafeElements(as: Float.self) { x in
        for n in 0..<shape[0] {
          for position in 0..<plane {
            // The vector of a frame: its channels at this position.
            let vectors = (0..<frames).map { frame in
              (0..<channels).map { Double(x[((n * channels + $0) * frames + frame) * plane + position]) }
            }
            let lengths = vectors.map { max($0.reduce(0) { $0 + $1 * $1 }.squareRoot(), leastLength) }
            for k in 0..<frameCount {
              for frame in 0..<frames {
                let other = frame + k - frameCount / 2
                let product =
                  vectors.indices.contains(other)
                  ? zip(vectors[frame], vectors[other]).reduce(0) { $0 + $1.0 * $1.1 } : 0
                let lengths = vectors.indices.contains(other) ? lengths[frame] * lengths[other] : 1
                y[((n * frameCount + k) * frames + frame) * plane + position] = Float(product / lengths)
              }
            }
          }
        }
      }
    }
  }
}
