import Tensors

extension Operations {
  /// Channels moved into blocks of pixels, also called pixel shuffle.
  ///
  /// Input: x `[N, C · B², H, W]` of any element type. Result: `[N, C, H · B, W · B]`.
  public struct DepthToSpace: Operation {
    /// `depth_to_space`.
    public static let name = "depth_to_space"
    /// The height and width of a block, B.
    public var blockSize: Int
    /// Whether the channels that become one follow each other, as in PyTorch; otherwise those of a pixel in the block do.
    public var keepsChannelsTogether: Bool

    /// Creates the operation from its attributes.
    public init(blockSize: Int, keepsChannelsTogether: Bool) {
      self.blockSize = blockSize
      self.keepsChannelsTogether = keepsChannelsTogether
    }

    /// Returns `[N, C, H · B, W · B]`.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .any)
      guard inputs[0].rank == 4, (1...1 << 20).contains(blockSize) else {
        throw ShapeError("x must be [N, C, H, W], and the block size 1 or more")
      }
      let channels = try inputs[0].requireFixed(1, "the number of channels")
      guard channels % (blockSize * blockSize) == 0 else {
        throw ShapeError("\(channels) channels do not split into blocks of \(blockSize) x \(blockSize)")
      }
      let (shape, block) = (inputs[0].shape, Dimension.fixed(blockSize))
      return [
        ValueType(
          [shape[0], .fixed(channels / (blockSize * blockSize)), shape[2] * block, shape[3] * block],
          elementType: inputs[0].elementType)
      ]
    }

    /// Clips are independent.
    public var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    /// Returns the moved elements.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let (n, c, h, w, b) = (
        inputs[0].shape[0], inputs[0].shape[1] / (blockSize * blockSize), inputs[0].shape[2], inputs[0].shape[3],
        blockSize
      )
      let blocks =
        keepsChannelsTogether
        ? Reference.permute(inputs[0].reshaped(to: [n, c, b, b, h, w]), order: [0, 1, 4, 2, 5, 3])
        : Reference.permute(inputs[0].reshaped(to: [n, b, b, c, h, w]), order: [0, 3, 4, 1, 5, 2])
      return [blocks.reshaped(to: [n, c, h * b, w * b])]
    }
  }

  /// Blocks of pixels moved into channels: those of a pixel in the block follow each other.
  ///
  /// Input: x `[N, C, H · B, W · B]` of any element type. Result: `[N, C · B², H, W]`.
  public struct SpaceToDepth: Operation {
    /// `space_to_depth`.
    public static let name = "space_to_depth"
    /// The height and width of a block, B.
    public var blockSize: Int

    /// Creates the operation for a size of blocks.
    public init(blockSize: Int) { self.blockSize = blockSize }

    /// Returns `[N, C · B², H, W]`.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .any)
      guard inputs[0].rank == 4, (1...1 << 20).contains(blockSize),
        inputs[0].shape[2...].allSatisfy({ ($0.value ?? 0) % blockSize == 0 })
      else { throw ShapeError("x must be [N, C, H, W] with H and W of whole blocks of \(blockSize)") }
      let shape = inputs[0].shape
      return [
        ValueType(
          [
            shape[0], shape[1] * .fixed(blockSize * blockSize), shape[2].floorDivided(adding: 0, by: blockSize),
            shape[3].floorDivided(adding: 0, by: blockSize),
          ], elementType: inputs[0].elementType)
      ]
    }

    /// Clips are independent.
    public var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    /// Returns the moved elements.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let (n, c, b) = (inputs[0].shape[0], inputs[0].shape[1], blockSize)
      let (h, w) = (inputs[0].shape[2] / b, inputs[0].shape[3] / b)
      let blocks = Reference.permute(inputs[0].reshaped(to: [n, c, h, b, w, b]), order: [0, 3, 5, 1, 2, 4])
      return [blocks.reshaped(to: [n, c * b * b, h, w])]
    }
  }
}
