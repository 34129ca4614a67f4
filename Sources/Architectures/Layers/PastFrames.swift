import IR

/// Joins a new frame with the frames that the same layer had in the runs before, oldest first: `[N, C, 1, H, W]` to
/// `[N, C, count + 1, H, W]`.
///
/// A convolution of `count + 1` frames without padding after it gives, run by run, what it gives for a clip with `count` frames of
/// zeros before it. States: `past1`, the frame of the run before, to `past` and the count; zeros at first.
public struct PastFrames: Layer {
  private let count: Int

  /// Creates a layer that keeps a number of frames.
  public init(_ count: Int) { self.count = count }

  /// Adds the states and joins them with the frame; nothing if no frames are kept.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    guard count > 0 else { return x }
    var frames = [x]
    for number in 1...count {
      let past = x.builder.state("past\(number)", shape: x.shape, initial: 0)
      x.builder.update(past, to: frames[0])
      frames.insert(past, at: 0)
    }
    return .concatenated(frames, axis: 2)
  }
}
