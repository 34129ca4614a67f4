import IR
import Architectures

/// The sizes of an X3D network that stepwise expansion sets.
///
/// Source: Feichtenhofer, X3D: Expanding Architectures for Efficient Video Recognition, 2020, section 3. Factors are
/// integer multiples of their smallest steps, so that sizes are exact.
public struct NetworkSize: Sendable, Hashable {
  /// The number of frames in a clip, γt.
  public var frames: Int
  /// The number of frames of the source video for each frame of the clip, γτ.
  public var rate: Int
  /// The height and width of a clip in pixels.
  public var side: Int
  /// The width factor γw in twelfths: one more makes the last stage 8 channels wider.
  public var widthTwelfths: Int
  /// The bottleneck factor γb in eighths.
  public var bottleneckEighths: Int
  /// The depth factor γd in tenths.
  public var depthTenths: Int

  /// Creates the sizes of a network; the default values are those of the smallest one.
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

  /// The start of the expansion, the paper's X2D: one frame, narrow and shallow.
  public static let smallest = NetworkSize()

  /// The width factor.
  public var width: Double { Double(widthTwelfths) / 12 }
  /// The bottleneck factor: the width of a block's depthwise convolution, relative to the block's.
  public var bottleneck: Double { Double(bottleneckEighths) / 8 }
  /// The depth factor.
  public var depth: Double { Double(depthTenths) / 10 }
  /// The span of a clip in frames of the source video.
  public var span: Int { frames * rate }

  /// The shape of a clip, `[1, 3, T, H, W]`.
  public var clipShape: [Int] { [1, 3, frames, side, side] }

  /// Returns the configuration of the network.
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

  /// Returns the network for one clip of its size.
  ///
  /// - Throws: `ArchitectureError` or `GraphError` if the class count is invalid.
  public func graph(classCount: Int) throws -> Graph {
    try Architecture.x3d(configuration(classCount: classCount)).graph().specialized(to: [clipShape])
  }
}

/// An axis along which a network is expanded; the paper's names are X-Fast, X-Temporal, X-Spatial, X-Width,
/// X-Bottleneck and X-Depth.
public enum ExpansionAxis: String, Sendable, CaseIterable {
  /// More frames of the same time span.
  case frameRate = "frame_rate"
  /// More frames at the same rate, so a longer time span.
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
  /// Returns the sizes of expansions along one axis, smallest first, up to a limit far beyond the published networks.
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
      // The rate is an integer, so the span is kept as closely as possible.
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
      // Several factors round to the same numbers of blocks; the largest represents them, as the published 2.2 does.
      let deeper = sizes(stride(from: depthTenths + 1, through: 80, by: 1)) { $0.depthTenths = $1 }
      return deeper.filter { size in
        var next = size
        next.depthTenths += 1
        return size.blockCounts != blockCounts && size.blockCounts != next.blockCounts
      }
    }
  }

  /// The number of blocks in each stage.
  private var blockCounts: [Int] { configuration(classCount: 1).blockCounts }
}
