import Tensors

/// How a value's numbers lie in memory.
package enum Layout: Hashable, Sendable {
  /// Row-major elements of any type, as at the API.
  case plain(shape: [Int], of: ElementType)
  /// Channels last and frames within a row, as the kernels want it.
  case channelsLast(ChannelsLast)
  /// The same as integers.
  case quantized(QuantizedLayout)

  /// How many bytes the value takes.
  package var byteCount: Int {
    switch self {
    case .plain(let shape, let type): shape.reduce(1, *) * type.byteCount
    case .channelsLast(let layout): layout.byteCount
    case .quantized(let layout): layout.byteCount
    }
  }
}

/// A layout whose images are rows that lie one behind the other.
package protocol RowLayout {
  var images: Int { get }
  /// Rows of an image.
  var height: Int { get }
  var rowBytes: Int { get }
  /// Pixels of a row, those of all frames.
  var rowPixels: Int { get }
}

extension RowLayout {
  package var imageBytes: Int { height * rowBytes }
  package var byteCount: Int { images * imageBytes }
  package var rows: RowShape { RowShape(images: images, height: height, rowBytes: rowBytes, rowPixels: rowPixels) }
}

/// A layout whose rows are pixels that lie one behind the other.
package protocol PixelLayout: RowLayout {
  /// Pixels of an image.
  var pixels: Int { get }
  var pixelBytes: Int { get }
}

/// What is to know of rows where it does not matter what they hold.
package struct RowShape: RowLayout, Hashable, Sendable {
  package let images: Int
  package let height: Int
  package let rowBytes: Int
  package let rowPixels: Int
}

/// `[N][H][T][W][C]` with the channels of a pixel padded to whole vectors: a row holds all its frames, so that tiles of
/// rows are contiguous. What the padding holds is unspecified.
package struct ChannelsLast: Hashable, Sendable, PixelLayout {
  package let images: Int
  package let channels: Int
  package let frames: Int
  package let height: Int
  package let width: Int
  package let paddedChannels: Int
  /// Bytes of a number.
  package private(set) var elementSize: Int

  /// The layout, in elements of a set of kernels, of `[N, C]`, `[N, C, H, W]` or `[N, C, T, H, W]`; nil for other ranks.
  package init?(_ shape: [Int], kernels: KernelSet) {
    switch shape.count {
    case 2: (frames, height, width) = (1, 1, 1)
    case 4: (frames, height, width) = (1, shape[2], shape[3])
    case 5: (frames, height, width) = (shape[2], shape[3], shape[4])
    default: return nil
    }
    images = shape[0]
    channels = shape[1]
    paddedChannels = kernels.padded(channels)
    elementSize = kernels.elementSize
  }

  /// Pixels of one image.
  package var pixels: Int { frames * height * width }
  package var pixelBytes: Int { paddedChannels * elementSize }
  /// Elements from one row to the next.
  package var rowStride: Int { frames * width * paddedChannels }
  package var rowBytes: Int { rowStride * elementSize }
  package var rowPixels: Int { frames * width }

  /// The same in floats, whatever the plan's precision.
  package var floats: ChannelsLast {
    var layout = self
    layout.elementSize = MemoryLayout<Float>.size
    return layout
  }

  /// How values are kept where kernels leave the choice: images of one pixel as floats. They are small, and much hangs on
  /// their digits: means, scales, logits.
  package var preferred: ChannelsLast { pixels == 1 ? floats : self }
}

/// A worker's share of some units of work: contiguous, and as even as whole blocks allow.
package func share(of count: Int, blocks: Int = 1, worker: Int, of workers: Int) -> Range<Int> {
  let blockCount = (count + blocks - 1) / blocks
  let first = min(count, blockCount * worker / workers * blocks)
  let end = min(count, blockCount * (worker + 1) / workers * blocks)
  return first..<end
}

/// By how much the largest share of some units of work exceeds an even one.
func unevenness(_ count: Int, _ workers: Int) -> Double {
  Double((count + workers - 1) / workers * workers) / Double(max(count, 1)) - 1
}
