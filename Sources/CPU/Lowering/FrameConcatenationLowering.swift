import IR

/// Clips joined in time: each row of the result is the inputs' rows, one after the other.
struct FrameConcatenationStep: RowProducer {
  let inputs: [(location: Location, rowBytes: Int)]
  let output: Location
  let outputRows: RowShape

  var kernelName: String { "copy_frames" }
  var onlyMoves: Bool { true }

  func produce(rows: Range<Int>, of image: Int, at target: UnsafeMutableRawPointer, _ memory: WorkerMemory) {
    var start = target
    for input in inputs {
      let source = memory.read(input.location) + image * outputRows.height * input.rowBytes
      for row in rows {
        (start + (row - rows.lowerBound) * outputRows.rowBytes).copyMemory(
          from: source + row * input.rowBytes, byteCount: input.rowBytes)
      }
      start += input.rowBytes
    }
  }
}

/// Single frames of bytes joined in time, frame-interleaved.
struct FrameInterleavingStep: RowProducer {
  /// The frames as pixels of bytes.
  let frames: [Location]
  /// The layout of a frame.
  let frameLayout: QuantizedLayout
  let clip: QuantizedClipLayout
  let output: Location
  let outputRows: RowShape
  let isa: ISA

  var kernelName: String { isa.quantizedName("to_lanes") }
  var onlyMoves: Bool { true }

  func produce(rows: Range<Int>, of image: Int, at target: UnsafeMutableRawPointer, _ memory: WorkerMemory) {
    for row in rows {
      let place = image * frameLayout.imageBytes + row * frameLayout.rowBytes
      clip.interleaveRow(at: target + (row - rows.lowerBound) * outputRows.rowBytes) {
        memory.bytes(frames[$0]) + place
      }
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
    let output = builder.newPixels(node.results[0], layout)
    builder.join(
      FrameConcatenationStep(inputs: inputs, output: output, outputRows: layout.rows), inputs.map(\.location))
    return true
  }

  /// Joins bytes of one quantization in time.
  func lowerFramesOfBytes(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool {
    let y = node.results[0]
    let layouts = node.inputs.map { QuantizedLayout(builder.shape($0), .pixels) }
    let locations = zip(node.inputs, layouts).map { builder.bytes($0, $1) }
    if let form = builder.byteForm(of: y), builder.wantsInterleaved(y), layouts.allSatisfy({ $0.frames == 1 }) {
      let layout = QuantizedLayout(builder.shape(y), builder.interleaved)
      let output = builder.newPlace(y, .quantized(layout))
      let clip = QuantizedClipLayout(
        isa: builder.isa, channels: layout.channels, size: layout.size, quantization: form)
      builder.join(
        FrameInterleavingStep(
          frames: locations, frameLayout: layouts[0], clip: clip, output: output, outputRows: layout.rows,
          isa: builder.isa), locations)
    } else {
      let layout = QuantizedLayout(builder.shape(y), .pixels)
      let output = builder.newPlace(y, .quantized(layout))
      let inputs = zip(locations, layouts).map { (location: $0, rowBytes: $1.rowBytes) }
      builder.join(FrameConcatenationStep(inputs: inputs, output: output, outputRows: layout.rows), locations)
    }
    return true
  }
}

extension PlanBuilder {
  /// Adds a step that joins frames.
  fileprivate func join(_ step: some RowProducer, _ inputs: [Location]) {
    append(step, reads: inputs, writes: [step.output])
  }

  /// Returns the kernels' layout of a value whose frames are joined: float32 if they are one pixel each, as with
  /// ``ChannelsLast/preferred``.
  fileprivate func timeLayout(_ id: Graph.ValueID) -> ChannelsLast? {
    channelsLast(id).map { $0.height * $0.width == 1 ? $0.floats : $0 }
  }
}
