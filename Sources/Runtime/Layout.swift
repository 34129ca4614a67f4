import Kernels

/// How a value's numbers lie in memory.
enum Layout: Hashable, Sendable {
  /// Row-major, as at the API.
  case plain(shape: [Int])
  /// Channels last and frames within a row, as the kernels want it.
  case channelsLast(ChannelsLast)

  /// How many floats the value takes.
  var count: Int {
    switch self {
    case .plain(let shape): shape.reduce(1, *)
    case .channelsLast(let layout): layout.count
    }
  }
}

/// `[N][H][T][W][C]` with the channels of a pixel padded to whole vectors: a row holds all its frames, so that tiles of
/// rows are contiguous. What the padding holds is nobody's concern.
struct ChannelsLast: Hashable, Sendable {
  let images: Int
  let channels: Int
  let frames: Int
  let height: Int
  let width: Int
  let paddedChannels: Int

  /// The layout of `[N, C]`, `[N, C, H, W]` or `[N, C, T, H, W]`; nil for other ranks.
  init?(_ shape: [Int], isa: ISA) {
    switch shape.count {
    case 2: (frames, height, width) = (1, 1, 1)
    case 4: (frames, height, width) = (1, shape[2], shape[3])
    case 5: (frames, height, width) = (shape[2], shape[3], shape[4])
    default: return nil
    }
    images = shape[0]
    channels = shape[1]
    paddedChannels = (channels + isa.width - 1) / isa.width * isa.width
  }

  /// Pixels of one image.
  var pixels: Int { frames * height * width }
  /// Floats from one row to the next.
  var rowStride: Int { frames * width * paddedChannels }
  /// Floats of one image.
  var imageStride: Int { height * rowStride }
  var count: Int { images * imageStride }
}

/// A worker's share of some units of work: contiguous, and as even as whole blocks allow.
func share(of count: Int, blocks: Int = 1, worker: Int, of workers: Int) -> Range<Int> {
  let blockCount = (count + blocks - 1) / blocks
  let first = min(count, blockCount * worker / workers * blocks)
  let end = min(count, blockCount * (worker + 1) / workers * blocks)
  return first..<end
}
