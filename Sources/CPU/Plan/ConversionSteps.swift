/// Converts the API's planes to the kernels' pixels, or back.
struct ConversionStep: Step {
  enum Direction: String {
    case toPixels = "to_pixels"
    case toPlanes = "to_planes"
  }

  let direction: Direction
  let source: Location
  let target: Location
  /// The layout of the pixels.
  let layout: ChannelsLast
  /// The kernels for the format of the pixels.
  let kernels: KernelSet

  var kernelName: String { kernels.name(direction.rawValue) }
  func tileCount(workers: Int) -> Int? { layout.height }

  func run(_ memory: WorkerMemory) {
    let conversion = ClipLayout(
      kernels: kernels, channels: layout.channels, size: [layout.frames, layout.height, layout.width])
    let rows = memory.share(of: layout.height)
    for n in 0..<layout.images {
      let plane = n * layout.channels * layout.pixels
      switch direction {
      case .toPixels:
        conversion.toPixels(
          planes: memory.floats(source) + plane, image: memory.write(target) + n * layout.imageBytes, rows: rows)
      case .toPlanes:
        conversion.toPlanes(
          image: memory.read(source) + n * layout.imageBytes, planes: memory.writeFloats(target) + plane, rows: rows)
      }
    }
  }
}

/// Packs weights that are computed, in each run.
struct PackStep: Step {
  let weight: Location
  let bias: Location?
  let target: Location
  let byteCount: Int
  let pack: @Sendable (UnsafePointer<Float>, UnsafePointer<Float>?, UnsafeMutableRawPointer) -> Void

  var kernelName: String { "pack" }
  var isSerial: Bool { true }
  var isMovable: Bool { true }

  func run(_ memory: WorkerMemory) {
    // Kernels do not write their padding, and expect zeros there.
    memory.write(target).initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    pack(memory.floats(weight), bias.map { memory.floats($0) }, memory.write(target))
  }
}
