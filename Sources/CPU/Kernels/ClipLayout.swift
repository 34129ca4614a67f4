import CKernels

/// Converts clips between the API's planes, one for each channel, and a plan's pixels.
///
/// Planes are `[C, T, H, W]` in float32; an image is `[H, T, W, pixel]` in elements of the kernel set's format.
public struct ClipLayout: Sendable {
  private let kernels: KernelSet
  private let channels: Int
  private let size: [Int]

  /// Creates the conversion for clips of one size, `[T, H, W]`.
  public init(kernels: KernelSet, channels: Int, size: [Int]) {
    self.kernels = kernels
    self.channels = channels
    self.size = size
  }

  /// Writes a range of an image's rows; elements past the last channel become zero.
  public func toPixels(
    planes: UnsafePointer<Float>, image: UnsafeMutableRawPointer, rows: Range<Int>
  ) {
    forEachRun(rows) { plane, pixels in
      kernels.table.pointee.to_pixels(planes + plane, planeCount, 1, channels, size[2], image + pixels)
    }
  }

  /// Writes a range of the planes' rows.
  public func toPlanes(
    image: UnsafeRawPointer, planes: UnsafeMutablePointer<Float>, rows: Range<Int>
  ) {
    forEachRun(rows) { plane, pixels in
      kernels.table.pointee.to_planes(image + pixels, planeCount, channels, size[2], planes + plane)
    }
  }

  private var planeCount: Int { size[0] * size[1] * size[2] }

  /// Calls `body` with the offsets of one frame's row: floats in the first plane, bytes in the image.
  private func forEachRun(_ rows: Range<Int>, _ body: (_ plane: Int, _ pixels: Int) -> Void) {
    let (frames, height, width) = (size[0], size[1], size[2])
    for h in rows {
      for t in 0..<frames {
        body((t * height + h) * width, (h * frames + t) * width * kernels.padded(channels) * kernels.elementSize)
      }
    }
  }
}
