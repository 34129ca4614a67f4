import IR

/// Clips joined in time: each row of the result is the inputs' rows, one after the other.
struct FrameConcatenationStep: Step {
  let inputs: [(location: Location, rowBytes: Int)]
  let output: Location
  /// The number of rows, of all images.
  let rows: Int

  var kernelName: String { "copy_frames" }

  func run(_ memory: WorkerMemory) {
    let rowBytes = inputs.reduce(0) { $0 + $1.rowBytes }
    var start = memory.write(output)
    let rows = share(of: rows, worker: memory.worker, of: memory.workers)
    for input in inputs {
      let source = memory.read(input.location)
      for row in rows {
        (start + row * rowBytes).copyMemory(from: source + row * input.rowBytes, byteCount: input.rowBytes)
      }
      start += input.rowBytes
    }
  }
}

extension Operations.Concat {
  /// Joins clips in time where they are pixels, unless all of them are plain.
  func lowerFrames(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool {
    let layouts = node.inputs.compactMap { builder.timeLayout($0) }
    guard builder.shape(node.results[0]).count == 5, layouts.count == node.inputs.count,
      let layout = builder.timeLayout(node.results[0]), !builder.arePlain(node.inputs)
    else { return false }
    let inputs = zip(node.inputs, layouts).map { (location: builder.pixels($0, $1), rowBytes: $1.rowBytes) }
    builder.join(inputs, to: builder.newPixels(node.results[0], layout), rows: layout.images * layout.height)
    return true
  }

  /// Joins bytes of one quantization in time.
  func lowerFramesOfBytes(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool {
    let inputs = node.inputs.map { id in
      let layout = QuantizedLayout(builder.shape(id), .pixels)
      return (location: builder.bytes(id, layout), rowBytes: layout.rowBytes)
    }
    let layout = QuantizedLayout(builder.shape(node.results[0]), .pixels)
    let output = builder.newPlace(node.results[0], .quantized(layout))
    builder.join(inputs, to: output, rows: layout.images * layout.height)
    return true
  }
}

extension PlanBuilder {
  /// Adds the step that joins rows.
  fileprivate func join(_ inputs: [(location: Location, rowBytes: Int)], to output: Location, rows: Int) {
    append(
      FrameConcatenationStep(inputs: inputs, output: output, rows: rows), reads: inputs.map(\.location),
      writes: [output])
  }

  /// Returns the kernels' layout of a value whose frames are joined: float32 if they are one pixel each, as with
  /// ``ChannelsLast/preferred``.
  fileprivate func timeLayout(_ id: Graph.ValueID) -> ChannelsLast? {
    channelsLast(id).map { $0.height * $0.width == 1 ? $0.floats : $0 }
  }
}
