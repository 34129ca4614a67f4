import IR

/// Converts between real numbers and the integer kernels' layouts, or between two of these.
struct QuantizedConversionStep: Step {
  enum Direction {
    /// From planes of real numbers.
    case quantize
    /// To planes of real numbers.
    case dequantize
    /// From pixels of floats.
    case quantizePixels(ChannelsLast)
    /// To pixels of floats, from bytes or wider numbers.
    case dequantizePixels(ChannelsLast, QuantizedClipLayout.WideNumbers?)
    case toInterleaved
    case fromInterleaved
  }

  let direction: Direction
  let source: Location
  let target: Location
  /// The layout of the integers, as pixels of bytes.
  let layout: QuantizedLayout
  private let isa: ISA
  private let clip: QuantizedClipLayout

  init(
    direction: Direction, source: Location, target: Location, layout: QuantizedLayout,
    quantization: QuantizationParameters, isa: ISA
  ) {
    self.direction = direction
    self.source = source
    self.target = target
    self.layout = layout
    self.isa = isa
    clip = QuantizedClipLayout(isa: isa, channels: layout.channels, size: layout.size, quantization: quantization)
  }

  var kernelName: String {
    switch direction {
    case .quantize: isa.quantizedName("quantize")
    case .dequantize: isa.quantizedName("dequantize")
    case .quantizePixels: isa.quantizedName("quantize_pixels")
    case .dequantizePixels: isa.quantizedName("dequantize_pixels")
    case .toInterleaved: isa.quantizedName("to_lanes")
    case .fromInterleaved: isa.quantizedName("from_lanes")
    }
  }

  func tileCount(workers: Int) -> Int? { layout.height }

  func run(_ memory: WorkerMemory) {
    let rows = memory.share(of: layout.height)
    for n in 0..<layout.images {
      let plane = n * layout.channels * layout.pixels
      let (pixels, interleaved) = (
        n * layout.imageBytes, n * layout.with(.interleaved(frames: isa.interleavedFrames)).imageBytes
      )
      switch direction {
      case .quantize:
        clip.toPixels(planes: memory.floats(source) + plane, image: memory.writeBytes(target) + pixels, rows: rows)
      case .dequantize:
        clip.toPlanes(image: memory.bytes(source) + pixels, planes: memory.writeFloats(target) + plane, rows: rows)
      case .quantizePixels(let reals):
        clip.toPixels(
          reals: memory.floats(source) + n * reals.imageBytes / MemoryLayout<Float>.size, pixel: reals.paddedChannels,
          image: memory.writeBytes(target) + pixels, rows: rows)
      case .dequantizePixels(let reals, let numbers):
        let form: QuantizedLayout.Form =
          switch numbers {
          case nil: .pixels
          case .int16: .words
          case .floats: .floats
          }
        clip.toReals(
          image: memory.read(source) + n * layout.with(form).imageBytes, numbers,
          reals: memory.writeFloats(target) + n * reals.imageBytes / MemoryLayout<Float>.size,
          pixel: reals.paddedChannels, rows: rows)
      case .toInterleaved:
        clip.toInterleaved(
          image: memory.bytes(source) + pixels, interleaved: memory.write(target) + interleaved, rows: rows)
      case .fromInterleaved:
        clip.fromInterleaved(
          interleaved: memory.read(source) + interleaved, image: memory.writeBytes(target) + pixels, rows: rows)
      }
    }
  }
}

/// Converts 16-bit values, or the integer kernels' floats, to the API's planes.
struct WidePixelsStep: Step {
  let source: Location
  let target: Location
  /// The layout of the source: 16-bit values or floats.
  let layout: QuantizedLayout
  /// The real number that 1 stands for.
  let scale: Float

  var kernelName: String { layout.form == .words ? "words_to_planes" : "floats_to_planes" }
  func tileCount(workers: Int) -> Int? { layout.channels }

  func run(_ memory: WorkerMemory) {
    let channels = memory.share(of: layout.channels)
    for n in 0..<layout.images {
      let image = memory.read(source) + n * layout.imageBytes
      for c in channels {
        var place = memory.writeFloats(target) + (n * layout.channels + c) * layout.pixels
        for t in 0..<layout.frames {
          for h in 0..<layout.height {
            let row = ((h * layout.frames + t) * layout.width) * layout.pixel + c
            for w in 0..<layout.width {
              place.pointee = number(image, row + w * layout.pixel)
              place += 1
            }
          }
        }
      }
    }
  }

  private func number(_ image: UnsafeRawPointer, _ index: Int) -> Float {
    switch layout.form {
    case .words: Float(image.load(fromByteOffset: 2 * index, as: Int16.self)) * scale
    default: image.load(fromByteOffset: 4 * index, as: Float.self)
    }
  }
}
