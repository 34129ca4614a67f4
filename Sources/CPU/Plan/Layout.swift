import Tensors

/// The layout of a value in memory.
package enum Layout: Hashable, Sendable {
  /// Row-major elements of any type, as in the API.
  case plain(shape: [Int], of: ElementType)
  /// Channels last and frames within a row, as the kernels take it.
  case channelsLast(ChannelsLast)
  /// Quantized values, with channels last.
  case quantized(QuantizedLayout)

  /// The size of the value in bytes.
  package var byteCount: Int {
    switch self {
    case .plain(let shape, let type): shape.reduce(1, *) * type.byteCount
    case .channelsLast(let layout): layout.byteCount
    case .quantized(let layout): layout.byteCount
    }
  }
}

/// A layout whose images are contiguous rows.
package protocol RowLayout {
  var images: Int { get }
  /// The number of rows in an image.
  var height: Int { get }
  var rowBytes: Int { get }
  /// The number of pixels in a row, of all frames.
  var rowPixels: Int { get }
}

extension RowLayout {
  package var imageBytes: Int { height * rowBytes }
  package var byteCount: Int { images * imageBytes }
  package var rows: RowShape { RowShape(images: images, height: height, rowBytes: rowBytes, rowPixels: rowPixels) }
}

/// A layout whose rows are contiguous pixels.
package protocol PixelLayout: RowLayout {
  /// The number of pixels in an image.
  var pixels: Int { get }
  var pixelBytes: Int { get }
}

/// The shape of rows, whatever their elements.
package struct RowShape: RowLayout, Hashable, Sendable {
  package let images: Int
  package let height: Int
  package let rowBytes: Int
  package let rowPixels: Int
}

/// `[N][H][T][W][C]`, with the channels of a pixel padded to whole vectors. A row contains all frames, so that tiles of
/// rows are contiguous. The contents of the padding are unspecified.
package struct ChannelsLast: Hashable, Sendable, PixelLayout {
  package let images: Int
  package let channels: Int
  package let frames: Int
  package let height: Int
  package let width: Int
  package let paddedChannels: Int
  /// The size of an element in bytes.
  package private(set) var elementSize: Int

  /// Creates the layout, in elements of a set of kernels, of `[N, C]`, `[N, C, H, W]` or `[N, C, T, H, W]`; nil for
  /// other ranks.
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

  /// The number of pixels in an image.
  package var pixels: Int { frames * height * width }
  package var pixelBytes: Int { paddedChannels * elementSize }
  /// The number of elements from one row to the next.
  package var rowStride: Int { frames * width * paddedChannels }
  package var rowBytes: Int { rowStride * elementSize }
  package var rowPixels: Int { frames * width }

  /// The same layout in float32.
  package var floats: ChannelsLast {
    var layout = self
    layout.elementSize = MemoryLayout<Float>.size
    return layout
  }

  /// The layout for values where kernels leave the choice: float32 for images of one pixel, which are small and need
  /// precision: means, scales and logits.
  package var preferred: ChannelsLast { pixels == 1 ? floats : self }
}

/// Returns how much larger the largest share of some units of work is than an even one, as a fraction of it.
func unevenness(_ count: Int, _ workers: Int) -> Double {
  Double((count + workers - 1) / workers * workers) / Double(max(count, 1)) - 1
}
