import IR

/// The options of a MoViNet.
///
/// Source: Kondratyuk et al., MoViNets: Mobile Video Networks for Efficient Video Recognition, 2021, tables 9 to 11.
public struct MoViNetConfiguration: Sendable, Codable, Equatable {
  /// A residual block: expansion, depthwise convolution, squeeze-excite, projection.
  public struct Block: Sendable, Codable, Equatable {
    /// The number of channels that it gives.
    public var outputs: Int
    /// The number of channels of the depthwise convolution.
    public var inner: Int
    /// The depthwise kernel, `[T, H, W]`.
    public var kernel: [Int]
    /// The stride in H and W.
    public var stride: Int

    /// Creates a block.
    ///
    /// - Parameters:
    ///   - outputs: The number of channels that it gives.
    ///   - inner: The number of channels of the depthwise convolution.
    ///   - kernel: The depthwise kernel, `[T, H, W]`.
    ///   - stride: The stride in H and W.
    public init(_ outputs: Int, inner: Int, kernel: [Int] = [3, 3, 3], stride: Int = 1) {
      self.outputs = outputs
      self.inner = inner
      self.kernel = kernel
      self.stride = stride
    }
  }

  /// Which frames a frame is computed of, and how many a run takes.
  ///
  /// ``causal`` and ``stream`` have the same parameters and compute the same: a run of a clip of T frames gives what the last of T
  /// runs gives that take them one by one. So a network is trained and quantized on clips as ``causal``, and runs on video as
  /// ``stream``.
  public enum Form: String, Sendable, Codable {
    /// Past and future ones; a run takes a clip `[N, 3, T, H, W]`.
    case base
    /// Past ones only; a run takes a clip `[N, 3, T, H, W]`.
    case causal
    /// Past ones only; a run takes the next frame `[N, 3, 1, H, W]`, and what it needs of earlier ones are states.
    case stream
  }

  /// How convolutions over time and space are computed, with the names of the port's `conv_type`.
  public enum Convolutions: String, Sendable, Codable {
    /// In one piece; with swish, and sigmoid in squeeze-excite.
    case full = "3d"
    /// As one in space and one in time; with hard swish, and hard sigmoid in squeeze-excite. TensorFlow's checkpoints of streaming
    /// networks are of this kind.
    case factored = "2plus1d"

    /// The activation after convolutions.
    var activation: Activation { self == .full ? .swish : .hardSwish }
  }

  /// The number of channels of the stem.
  public var stemChannels: Int
  /// The blocks of each stage.
  public var stages: [[Block]]
  /// The number of channels that are averaged over all positions.
  public var pooledChannels: Int
  /// The number of features before the classifier.
  public var hiddenChannels = 2048
  /// The number of classes of the classifier.
  public var classCount = 600
  /// The dropout rate before the classifier.
  public var dropout: Float = 0.2
  /// The height and width in pixels of a clip that the padding is for: strided windows are padded as evenly as this size allows,
  /// with the odd element at the end.
  public var cropSize: Int
  /// Where the network ends.
  public var head = ModelHead.classifier
  /// Which frames a frame is computed of.
  public var form = Form.base
  /// How convolutions are computed.
  public var convolutions = Convolutions.full

  /// Creates the options of a network in its base form.
  ///
  /// - Parameters:
  ///   - stemChannels: The number of channels of the stem.
  ///   - stages: The blocks of each stage.
  ///   - pooledChannels: The number of channels that are averaged over all positions.
  ///   - cropSize: The height and width of a clip.
  public init(stemChannels: Int, stages: [[Block]], pooledChannels: Int, cropSize: Int) {
    self.stemChannels = stemChannels
    self.stages = stages
    self.pooledChannels = pooledChannels
    self.cropSize = cropSize
  }

  /// Checks that the options are valid.
  ///
  /// - Throws: ``ArchitectureError/configuration(_:)`` that names the option.
  public func validate() throws(ArchitectureError) {
    func require(_ condition: Bool, _ problem: String) throws(ArchitectureError) {
      if !condition { throw .configuration(problem) }
    }
    let counts = [stemChannels, pooledChannels, hiddenChannels, classCount, cropSize]
    let blocks = stages.flatMap { $0 }
    try require(
      (counts + blocks.flatMap { [$0.outputs, $0.inner] }).allSatisfy { (1...1 << 20).contains($0) },
      "channel and class counts and the crop size must be 1 or more")
    try require(
      blocks.allSatisfy { $0.kernel.count == 3 && $0.kernel.allSatisfy { (1...64).contains($0) && $0 % 2 == 1 } },
      "kernels must be three odd numbers")
    try require(blocks.allSatisfy { (1...2).contains($0.stride) }, "strides must be 1 or 2")
    try require(dropout >= 0 && dropout < 1, "dropout must be in 0 ..< 1")
  }
}

extension MoViNetConfiguration {
  /// Returns the network of past frames with these channels, as its checkpoints have it: with factored convolutions.
  ///
  /// - Parameter form: ``Form/causal`` or ``Form/stream``.
  func seeingPastFrames(_ form: Form) -> MoViNetConfiguration {
    var result = self
    (result.form, result.convolutions) = (form, .factored)
    return result
  }

  /// MoViNet-A0: 172².
  public static var a0: MoViNetConfiguration {
    MoViNetConfiguration(
      stemChannels: 8,
      stages: [
        [Block(8, inner: 24, kernel: [1, 5, 5], stride: 2)],
        [Block(32, inner: 80, stride: 2), Block(32, inner: 80), Block(32, inner: 80)],
        [Block(56, inner: 184, kernel: [5, 3, 3], stride: 2), Block(56, inner: 112), Block(56, inner: 184)],
        [
          Block(56, inner: 184, kernel: [5, 3, 3]), Block(56, inner: 184), Block(56, inner: 184), Block(56, inner: 184),
        ],
        [
          Block(104, inner: 384, kernel: [5, 3, 3], stride: 2), Block(104, inner: 280, kernel: [1, 5, 5]),
          Block(104, inner: 280, kernel: [1, 5, 5]), Block(104, inner: 344, kernel: [1, 5, 5]),
        ],
      ], pooledChannels: 480, cropSize: 172)
  }

  /// MoViNet-A1: 172².
  public static var a1: MoViNetConfiguration {
    MoViNetConfiguration(
      stemChannels: 16,
      stages: [
        [Block(16, inner: 40, kernel: [1, 5, 5], stride: 2), Block(16, inner: 40)],
        [Block(40, inner: 96, stride: 2), Block(40, inner: 120), Block(40, inner: 96), Block(40, inner: 96)],
        [
          Block(64, inner: 216, kernel: [5, 3, 3], stride: 2), Block(64, inner: 128), Block(64, inner: 216),
          Block(64, inner: 168), Block(64, inner: 216),
        ],
        [
          Block(64, inner: 216, kernel: [5, 3, 3]), Block(64, inner: 216), Block(64, inner: 216), Block(64, inner: 128),
          Block(64, inner: 128, kernel: [1, 5, 5]), Block(64, inner: 216),
        ],
        [
          Block(136, inner: 456, kernel: [5, 3, 3], stride: 2), Block(136, inner: 360, kernel: [1, 5, 5]),
          Block(136, inner: 360, kernel: [1, 5, 5]), Block(136, inner: 360, kernel: [1, 5, 5]),
          Block(136, inner: 456, kernel: [1, 5, 5]), Block(136, inner: 456), Block(136, inner: 544, kernel: [1, 3, 3]),
        ],
      ], pooledChannels: 600, cropSize: 172)
  }

  /// MoViNet-A2: 224².
  public static var a2: MoViNetConfiguration {
    MoViNetConfiguration(
      stemChannels: 16,
      stages: [
        [Block(16, inner: 40, kernel: [1, 5, 5], stride: 2), Block(16, inner: 40), Block(16, inner: 64)],
        [
          Block(40, inner: 96, stride: 2), Block(40, inner: 120), Block(40, inner: 96), Block(40, inner: 96),
          Block(40, inner: 120),
        ],
        [
          Block(72, inner: 240, kernel: [5, 3, 3], stride: 2), Block(72, inner: 160), Block(72, inner: 240),
          Block(72, inner: 192), Block(72, inner: 240),
        ],
        [
          Block(72, inner: 240, kernel: [5, 3, 3]), Block(72, inner: 240), Block(72, inner: 240), Block(72, inner: 240),
          Block(72, inner: 144, kernel: [1, 5, 5]), Block(72, inner: 240),
        ],
        [
          Block(144, inner: 480, kernel: [5, 3, 3], stride: 2), Block(144, inner: 384, kernel: [1, 5, 5]),
          Block(144, inner: 384, kernel: [1, 5, 5]), Block(144, inner: 480, kernel: [1, 5, 5]),
          Block(144, inner: 480, kernel: [1, 5, 5]), Block(144, inner: 480), Block(144, inner: 576, kernel: [1, 3, 3]),
        ],
      ], pooledChannels: 640, cropSize: 224)
  }
}

extension MoViNetConfiguration: NetworkConfiguration {
  /// `movinet`.
  public static let family = "movinet"

  /// One input with all frames.
  public var frameStrides: [Int] { [1] }

  /// Reads options; those without a form are of the base form, with full convolutions.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      stemChannels: try container.decode(Int.self, forKey: .stemChannels),
      stages: try container.decode([[Block]].self, forKey: .stages),
      pooledChannels: try container.decode(Int.self, forKey: .pooledChannels),
      cropSize: try container.decode(Int.self, forKey: .cropSize))
    hiddenChannels = try container.decode(Int.self, forKey: .hiddenChannels)
    classCount = try container.decode(Int.self, forKey: .classCount)
    dropout = try container.decode(Float.self, forKey: .dropout)
    head = try container.decode(ModelHead.self, forKey: .head)
    form = try container.decodeIfPresent(Form.self, forKey: .form) ?? form
    convolutions = try container.decodeIfPresent(Convolutions.self, forKey: .convolutions) ?? convolutions
  }

  /// Sets the size that padding is for; clips can have any length.
  public mutating func fit(frameCount: Int, cropSize: Int) { self.cropSize = cropSize }

  /// Returns MoViNet's graph.
  public func network() throws -> Graph {
    let network = try MoViNet(self)
    let input = form == .stream ? GraphInput.clip(channels: 3, frames: 1) : .clip(channels: 3)
    return .build(input: input) { network.forward($0) }
  }
}
