import IR
import CPU

extension PlanBuilder {
  /// The sum of each channel over all clips and positions, as gradients of biases are: in parts, which are added up in their order.
  func lowerChannelSums(_ operation: Operations.SumTo, _ node: Graph.Node) -> Bool {
    guard let layout = channelsLast(node.inputs[0])?.floats,
      operation.shape == [layout.channels] + shape(node.inputs[0]).dropFirst(2).map({ _ in 1 })
    else { return false }
    let kernel = SumPixelsKernel(kernels: floatKernels, channels: layout.channels)
    let x = pixels(node.inputs[0], layout)
    let parts = newOwnPlace(byteCount: kernel.sumCount * MemoryLayout<Double>.size)
    append(
      WorkStep(kernel.name) { memory in
        let run = memory.share(of: layout.allPixels)
        let part = memory.write(parts).assumingMemoryBound(to: Double.self)
        part.update(repeating: 0, count: kernel.sumCount)
        kernel.add(x: memory.floats(x) + run.lowerBound * layout.paddedChannels, count: run.count, to: part)
      }, reads: [x], writes: [parts])
    let sums = newPlain(node.results[0])
    append(
      WorkStep("\(kernel.name)_total", isSerial: true) { memory in
        let (first, stride) = memory.parts(at: parts, of: Double.self)
        for channel in 0..<layout.channels {
          let sum = (0..<memory.workers).reduce(0.0) { $0 + first[$1 * stride + channel] }
          memory.writeFloats(sums)[channel] = Float(sum) * operation.factor
        }
      }, reads: [parts], writes: [sums])
    return true
  }
}
