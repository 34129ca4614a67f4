import Kernels

/// From the API's planes to the kernels' pixels.
struct ToPixelsStep: Step {
  let source: Location
  let target: Location
  let layout: ChannelsLast
  let isa: ISA

  var kernelName: String { "f32_to_pixels_\(isa)" }

  func run(_ memory: WorkerMemory) {
    let conversion = ClipLayout(
      isa: isa, channels: layout.channels, size: [layout.frames, layout.height, layout.width])
    let (planes, image) = (memory.read(source), memory.write(target))
    for n in 0..<layout.images {
      conversion.toPixels(
        planes: planes + n * layout.channels * layout.pixels, image: image + n * layout.imageStride,
        rows: share(of: layout.height, worker: memory.worker, of: memory.workers))
    }
  }
}

/// From the kernels' pixels to the API's planes.
struct ToPlanesStep: Step {
  let source: Location
  let target: Location
  let layout: ChannelsLast
  let isa: ISA

  var kernelName: String { "f32_to_planes_\(isa)" }

  func run(_ memory: WorkerMemory) {
    let conversion = ClipLayout(
      isa: isa, channels: layout.channels, size: [layout.frames, layout.height, layout.width])
    let (image, planes) = (memory.read(source), memory.write(target))
    for n in 0..<layout.images {
      conversion.toPlanes(
        image: image + n * layout.imageStride, planes: planes + n * layout.channels * layout.pixels,
        rows: share(of: layout.height, worker: memory.worker, of: memory.workers))
    }
  }
}
