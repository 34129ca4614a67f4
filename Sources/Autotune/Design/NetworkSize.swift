import IR
import Architectures

/// The sizes of an X3D network that its stepwise expansion sets.
///
/// Source: Feichtenhofer, X3D: Expanding Architectures for Efficient Video Recognition, 2020, section 3. Factors are whole
/// numbers of their smallest steps, so that sizes are exact.
public struct NetworkSize: Sendable, Hashable {
  /// Frames of a clip, γt.
  public var frames: Int
  /// Frames of the source video per frame of the clip, γτ.
  public var rate: Int
  /// Height and width of a clip.
  public var side: Int
  /// Twelfths of the width factor γw: one more makes the last stage 8 channels wider.
  public var widthTwelfths: Int
  /// Eighths of the bottleneck factor γb.
  public var bottleneckEighths: Int
  /// Tenths of the depth factor γd.
  public var depthTenths: Int

  /// A network's sizes; those of the smallest one where not given.
  public init(
    frames: Int = 1, rate: Int = 48, side: Int = 112, widthTwelfths: Int = 12, bottleneckEighths: Int = 8,
    depthTenths: Int = 10
  ) {
    self.frames = frames
    self.rate = rate
    self.side = side
    self.widthTwelfths = widthTwelfths
    self.bottleneckEighths = bottleneckEighths
    self.depthTenths = depthTenths
  }

  /// Where the expansion starts, the paper's X2D: one frame, narrow and shallow.
  public static let smallest = NetworkSize()

  /// Expansion of the widths.
  public var width: Double { Double(widthTwelfths) / 12 }
  /// Width of a block's depthwise convolution in terms of the block's.
  public var bottleneck: Double { Double(bottleneckEighths) / 8 }
  /// Expansion of the number of blocks.
  public var depth: Double { Double(depthTenths) / 10 }
  /// How much of a video a clip spans, in its frames.
  public var span: Int { frames * rate }

  /// The shape of a clip, `[1, 3, T, H, W]`.
  public var clipShape: [Int] { [1, 3, frames, side, side] }

  /// The options of the network.
  public func configuration(classCount: Int) -> X3DConfiguration {
    var options = X3DConfiguration()
    options.clipLength = frames
    options.cropSize = side
    options.widthFactor = width
    options.bottleneckFactor = bottleneck
    options.depthFactor = depth
    options.classCount = classCount
    return options
  }

  /// The network, for one clip of its size.
  ///
  /// - Throws: `ArchitectureError` or `GraphError` if the class count makes no network.
  public func graph(classCount: Int) throws -> Graph {
    try Architecture.x3d(configuration(classCount: classCount)).graph().specialized(to: [clipShape])
  }
}

/// A direction in which a network is made larger; the names in the paper are X-Fast, X-Temporal, X-Spatial, X-Width,
/// X-Bottleneck and X-Depth.
public enum ExpansionAxis: String, Sendable, CaseIterable {
  /// More frames of the same span of video.
  case frameRate = "frame_rate"
  /// More frames at the same rate, so of a longer span.
  case duration
  /// Larger frames.
  case resolution
  /// More channels.
  case width
  /// More channels in the depthwise convolutions.
  case bottleneck
  /// More blocks.
  case depth
}

extension NetworkSize {
  /// The sizes that expanding along one axis gives, smallest first, up to a limit far beyond the published networks.
  public func expansions(along axis: ExpansionAxis) -> [NetworkSize] {
    func sizes(_ values: some Sequence<Int>, _ change: (inout NetworkSize, Int) -> Void) -> [NetworkSize] {
      values.map { value in
        var size = self
        change(&size, value)
        return size
      }
    }
    switch axis {
    case .frameRate:
      // The rate is a whole number, so the span is kept as nearly as can be.
      let faster = sizes(stride(from: frames + 1, through: 32, by: 1)) { size, frames in
        size.rate = max(1, (2 * span + frames) / (2 * frames))
        size.frames = frames
      }
      return faster.filter { $0.rate < rate }
    case .duration: return sizes(stride(from: frames + 1, through: 32, by: 1)) { $0.frames = $1 }
    case .resolution: return sizes(stride(from: side + 8, through: 448, by: 8)) { $0.side = $1 }
    case .width: return sizes(stride(from: widthTwelfths + 1, through: 48, by: 1)) { $0.widthTwelfths = $1 }
    case .bottleneck:
      return sizes(stride(from: bottleneckEighths + 1, through: 32, by: 1)) { $0.bottleneckEighths = $1 }
    case .depth:
      // Several factors round to the same numbers of blocks: the largest stands for them, as the published 2.2 does.
      let deeper = sizes(stride(from: depthTenths + 1, through: 80, by: 1)) { $0.depthTenths = $1 }
      return deeper.filter { size in
        var next = size
        next.depthTenths += 1
        return size.blockCounts != blockCounts && size.blockCounts != next.blockCounts
      }
    }
  }

  /// Blocks in each stage.
  private var blockCounts: [Int] { configuration(classCount: 1).blockCounts }
}
