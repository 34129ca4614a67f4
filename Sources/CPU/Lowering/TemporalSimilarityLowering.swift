import IR

/// The similarity of each frame to those around it, of images of one column of pixels: a vector for each frame.
///
/// Workers share the frames; each computes the lengths of all vectors, which is little beside the products.
struct TemporalSimilarityStep: Step {
  let input: Location
  let inputLayout: ChannelsLast
  let output: Location
  let outputLayout: ChannelsLast

  var kernelName: String { "f32_temporal_similarity" }
  var scratchBytes: Int { inputLayout.frames * MemoryLayout<Float>.size }

  func run(_ memory: WorkerMemory) {
    let (frames, window) = (inputLayout.frames, outputLayout.channels)
    let (x, y) = (memory.floats(input), memory.writeFloats(output))
    let factors = memory.ownFloats
    for image in 0..<inputLayout.images {
      let vectors = x + image * inputLayout.rowStride
      for frame in 0..<frames {
        let length = product(of: vectors + frame * inputLayout.paddedChannels, and: frame, vectors).squareRoot()
        factors[frame] = 1 / max(length, Float(Reference.leastLength))
      }
      for frame in memory.share(of: frames) {
        let vector = vectors + frame * inputLayout.paddedChannels
        let result = y + (image * frames + frame) * outputLayout.paddedChannels
        for k in 0..<window {
          let other = frame + k - window / 2
          result[k] =
            (0..<frames).contains(other)
            ? product(of: vector, and: other, vectors) * factors[frame] * factors[other] : 0
        }
      }
    }
  }

  /// Returns the product of a vector and that of a frame.
  @inline(__always)
  private func product(of vector: UnsafePointer<Float>, and frame: Int, _ vectors: UnsafePointer<Float>) -> Float {
    let other = vectors + frame * inputLayout.paddedChannels
    let whole = inputLayout.channels / 8
    let (a, b) = (UnsafeRawPointer(vector), UnsafeRawPointer(other))
    var sums = SIMD8<Float>.zero
    for index in 0..<whole {
      sums +=
        a.loadUnaligned(fromByteOffset: index * 32, as: SIMD8<Float>.self)
        * b.loadUnaligned(fromByteOffset: index * 32, as: SIMD8<Float>.self)
    }
    var sum = sums.sum()
    for channel in whole * 8..<inputLayout.channels { sum += vector[channel] * other[channel] }
    return sum
  }
}

extension Operations.TemporalSimilarity: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    // Vectors and similarities are float32 in every precision: they are few.
    guard let inputLayout = builder.channelsLast(node.inputs[0])?.floats,
      let outputLayout = builder.channelsLast(node.results[0])?.floats, inputLayout.pixels == inputLayout.frames
    else { return false }
    let input = builder.pixels(node.inputs[0], inputLayout)
    let output = builder.newPixels(node.results[0], outputLayout)
    builder.append(
      TemporalSimilarityStep(input: input, inputLayout: inputLayout, output: output, outputLayout: outputLayout),
      reads: [input], writes: [output])
    return true
  }
}
