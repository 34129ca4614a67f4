import Tensors

extension Operations {
  /// The cosine similarity of each frame to the frames around it.
  ///
  /// Input: x `[N, C, T, H, W]`. Result: `[N, frameCount, T, H, W]`: channel k at frame t compares the channels of frame t
  /// with those of frame t + k − ⌊frameCount / 2⌋ at the same position, and is 0 where there is no such frame.
  ///
  /// Source: Souček and Lokoč 2020, TransNet V2, section 3.2.
  public struct TemporalSimilarity: Operation {
    /// `temporal_similarity`.
    public static let name = "temporal_similarity"
    /// The number of frames to compare with, the frame itself in the middle; odd.
    public var frameCount: Int

    /// Creates the similarity to a number of frames.
    public init(frameCount: Int) { self.frameCount = frameCount }

    /// Returns `[N, frameCount, T, H, W]`.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: [.float32])
      guard inputs[0].rank == 5 else { throw ShapeError("x must be [N, C, T, H, W]") }
      guard frameCount % 2 == 1, (1...1 << 16).contains(frameCount) else {
        throw ShapeError("the number of frames, \(frameCount), must be odd and 1 or more")
      }
      var result = inputs[0]
      result.shape[1] = .fixed(frameCount)
      return [result]
    }

    /// Clips are independent.
    public var facts: OperationFacts {
      OperationFacts(
        reach: .clip, cost: .multiplyAdds { inputs, results in OperationFacts.Cost.count(results[0] + [inputs[0][1]]) },
        integers: .none)
    }

    /// Returns the similarities; vectors shorter than 1e-12 count as having that length, as in PyTorch.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [Reference.temporalSimilarity(inputs[0], frameCount: frameCount)]
    }
  }
}
