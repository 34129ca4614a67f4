/// The options of a ResNet's stem and stages, without its head: a network's whole trunk, or one pathway of SlowFast.
///
/// Kernels and strides are `[T, H, W]`. Stages have 4, 8, 16 and 32 times the stem's channels, and a quarter of that
/// inside of their blocks.
public struct ResNetTrunk: Sendable, Codable, Equatable {
  /// The second convolution of a block, which is the one with a spatial window.
  public enum SpatialConvolution: String, Sendable, Codable, CaseIterable {
    /// A convolution over all channels.
    case dense
    /// A convolution for each channel, as in CSN (Tran et al. 2019).
    case depthwise
    /// A convolution in time and, after batch norm and activation, one in space, as in R(2+1)D (Tran et al. 2018).
    case factored
  }

  /// The number of channels of the clip.
  public var inputChannels = 3
  /// The number of channels of the stem.
  public var stemChannels = 64
  /// The stem's kernel.
  public var stemKernel = [1, 7, 7]
  /// The stem's stride.
  public var stemStride = [1, 2, 2]
  /// Whether maximum pooling over 1×3×3 with stride 1×2×2 follows the stem.
  public var poolsAfterStem = true
  /// Whether maximum pooling over 2×1×1 with stride 2×1×1 follows the first stage.
  public var poolsAfterFirstStage = false
  /// The number of blocks in each of the four stages.
  public var blockCounts = [3, 4, 6, 3]
  /// For each stage the kernels of its blocks' first convolutions, which repeat if there are more blocks.
  public var firstKernels = [[[1, 1, 1]], [[1, 1, 1]], [[3, 1, 1]], [[3, 1, 1]]]
  /// The kernel of each stage's second convolutions.
  public var spatialKernel = [1, 3, 3]
  /// The kind of the second convolutions.
  public var spatialConvolution = SpatialConvolution.dense
  /// The stride of the second convolution in each stage's first block.
  public var stageStrides = [[1, 1, 1], [1, 2, 2], [1, 2, 2], [1, 2, 2]]

  /// Creates the default options, those of Slow R50.
  public init() {}

  /// The number of channels of the last stage.
  public var outputChannels: Int { 32 * stemChannels }

  /// Returns the size `[T, H, W]` of the last stage's feature map for a clip.
  func featureSize(frameCount: Int, cropSize: Int) -> [Int] {
    let poolStride = poolsAfterStem ? [1, 2, 2] : [1, 1, 1]
    var size = zip([frameCount, cropSize, cropSize], zip(stemStride, poolStride)).map { length, strides in
      dividedUp(dividedUp(length, strides.0), strides.1)
    }
    for (index, stride) in stageStrides.enumerated() {
      size = zip(size, stride).map(dividedUp)
      if index == 0, poolsAfterFirstStage { size[0] /= 2 }
    }
    return size
  }

  private func dividedUp(_ length: Int, _ stride: Int) -> Int { (length + stride - 1) / stride }

  /// Checks that the options are valid.
  ///
  /// - Throws: ``ArchitectureError/configuration(_:)`` that names the option.
  func validate() throws(ArchitectureError) {
    func require(_ condition: Bool, _ problem: String) throws(ArchitectureError) {
      if !condition { throw .configuration(problem) }
    }
    func isWindow(_ lengths: [Int]) -> Bool { lengths.count == 3 && lengths.allSatisfy { (1...64).contains($0) } }
    try require(
      (1...1 << 15).contains(inputChannels) && (1...1 << 15).contains(stemChannels),
      "channel counts must be 1 or more")
    try require(
      blockCounts.count == 4 && blockCounts.allSatisfy { (1...256).contains($0) },
      "block counts must be given for each of four stages")
    try require(
      isWindow(stemKernel) && isWindow(stemStride) && isWindow(spatialKernel)
        && firstKernels.allSatisfy { $0.allSatisfy(isWindow) } && stageStrides.allSatisfy(isWindow),
      "kernels and strides must be three numbers of 1 or more")
    try require(
      firstKernels.count == 4 && firstKernels.allSatisfy { !$0.isEmpty } && stageStrides.count == 4,
      "kernels and strides must be given for each of four stages")
    let windows = [stemKernel, spatialKernel] + firstKernels.joined()
    try require(windows.joined().allSatisfy { $0 % 2 == 1 }, "kernels must be odd, as their padding is half of them")
  }
}
