import Quantization
import CPU
import IR

extension Operations.Requantize: CPUOperation {
  /// Lowers the requantization of sums: factors of channels, then all pixels.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    guard let (layout, kernel, factors) = builder.requantization(self, node) else { return false }
    let x = builder.pixels(node.inputs[0], layout)
    let residual = residualScale == nil ? nil : node.inputs.last.map { builder.pixels($0, layout) }
    let y = builder.newPixels(node.results[0], layout)
    builder.append(
      WorkStep(kernel.name) { memory in
        let run = memory.share(of: layout.allPixels)
        let first = run.lowerBound * layout.paddedChannels
        kernel.run(
          x: memory.floats(x) + first, factors: memory.floats(factors),
          residual: residual.map { memory.floats($0) + first }, y: memory.writeFloats(y) + first, count: run.count)
      }, reads: [x, factors] + [residual].compactMap { $0 }, writes: [y])
    return true
  }
}

extension Operations.RequantizeGradient: CPUOperation {
  /// Lowers the gradients of sums and of what is added to them.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    guard let (layout, kernel, factors) = builder.requantization(operation, node) else { return false }
    let (x, dy) = (builder.pixels(node.inputs[0], layout), builder.pixels(node.inputs[node.inputs.count - 1], layout))
    let residual =
      operation.residualScale == nil ? nil : builder.pixels(node.inputs[node.inputs.count - 2], layout)
    let dx = builder.newPixels(node.results[0], layout)
    let other = node.results.count > 1 ? builder.newPixels(node.results[1], layout) : nil
    builder.append(
      WorkStep(kernel.gradientName) { memory in
        let run = memory.share(of: layout.allPixels)
        let first = run.lowerBound * layout.paddedChannels
        kernel.gradient(
          x: memory.floats(x) + first, dy: memory.floats(dy) + first, factors: memory.floats(factors),
          residual: residual.map { memory.floats($0) + first }, dx: memory.writeFloats(dx) + first,
          residualGradient: other.map { memory.writeFloats($0) + first }, count: run.count)
      }, reads: [x, dy, factors] + [residual].compactMap { $0 }, writes: [dx] + [other].compactMap { $0 })
    return true
  }
}

extension Operations.RoundLayer: CPUOperation {
  /// Lowers the rounding of a layer's weights: workers share the rows.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let (weight, bias) = (builder.plain(node.inputs[0]), node.inputs.count > 1 ? builder.plain(node.inputs[1]) : nil)
    let (steps, scales) = (builder.newPlain(node.results[0]), builder.newPlain(node.results[1]))
    let biasSteps = node.results.count > 2 ? builder.newPlain(node.results[2]) : nil
    let rows = builder.shape(node.results[1])[0]
    let columns = builder.shape(node.inputs[0]).dropFirst().reduce(1, *)
    builder.append(
      WorkStep("round_layer") { memory in
        for row in memory.share(of: rows) {
          let own = memory.floats(weight) + row * columns
          let bias = bias.map { Double(memory.floats($0)[row]) }
          let scale = LayerWeights.scale(
            peak: Self.peak(own, columns), bias: bias ?? 0, inputScale: inputScale)
          Self.round(own, columns, scale: scale, to: memory.writeFloats(steps) + row * columns)
          memory.writeFloats(scales)[row] = scale
          if let bias, let biasSteps {
            memory.writeFloats(biasSteps)[row] = Float(LayerWeights.steps(bias: bias, of: inputScale * scale))
          }
        }
      }, reads: [weight] + [bias].compactMap { $0 }, writes: [steps, scales] + [biasSteps].compactMap { $0 })
    return true
  }

  private static func peak(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    var most = SIMD8<Float>(repeating: 0)
    var index = 0
    while index + 8 <= count {
      let next = UnsafeRawPointer(x + index).loadUnaligned(as: SIMD8<Float>.self)
      most.replace(with: next, where: next .> most)
      most.replace(with: -next, where: -next .> most)
      index += 8
    }
    var peak = most.max()
    while index < count {
      peak = max(peak, abs(x[index]))
      index += 1
    }
    return peak
  }

  private static func round(_ x: UnsafePointer<Float>, _ count: Int, scale: Float, to y: UnsafeMutablePointer<Float>) {
    // The last bit of a number near 1.5 · 2²³ has the value 1.
    let rounder: Float = 12_582_912
    for index in 0..<count {
      let steps = (x[index] / scale + rounder) - rounder
      y[index] = steps < -127 ? -127 : steps > 127 ? 127 : steps
    }
  }
}

extension Operations.DivideRows: CPUOperation {
  /// Lowers the division of rows by their own numbers: workers share them.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let (x, divisors, y) = (
      builder.plain(node.inputs[0]), builder.plain(node.inputs[1]), builder.newPlain(node.results[0])
    )
    let rows = builder.shape(node.inputs[1])[0]
    let columns = builder.shape(node.inputs[0]).dropFirst().reduce(1, *)
    builder.append(
      WorkStep("divide_rows") { memory in
        for row in memory.share(of: rows) {
          let (own, target) = (memory.floats(x) + row * columns, memory.writeFloats(y) + row * columns)
          let divisor = factor * memory.floats(divisors)[row]
          for index in 0..<columns { target[index] = own[index] / divisor }
        }
      }, reads: [x, divisors], writes: [y])
    return true
  }
}

extension Operations.ExactMean: CPUOperation {
  /// Lowers exact means: workers share the clips.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    guard let layout = builder.channelsLast(node.inputs[0])?.floats,
      let target = builder.channelsLast(node.results[0])?.floats
    else {
      return false
    }
    let kernel = SumPixelsKernel(kernels: builder.floatKernels, channels: layout.channels)
    let x = builder.pixels(node.inputs[0], layout)
    let means = builder.newPixels(node.results[0], target)
    builder.append(
      WorkStep(kernel.name, scratchBytes: kernel.sumCount * MemoryLayout<Double>.size) { memory in
        let sums = memory.own.assumingMemoryBound(to: Double.self)
        for n in memory.share(of: layout.images) {
          sums.update(repeating: 0, count: kernel.sumCount)
          kernel.add(x: memory.floats(x) + n * layout.imageFloats, count: layout.pixels, to: sums)
          let own = memory.writeFloats(means) + n * target.paddedChannels
          for channel in 0..<layout.channels { own[channel] = mean(of: sums[channel], count: layout.pixels) }
        }
      }, reads: [x], writes: [means])
    return true
  }
}

extension PlanBuilder {
  /// Returns the layout of a requantization's pixels, its kernel, and the location of its channels' factors.
  fileprivate func requantization(
    _ operation: Operations.Requantize, _ node: Graph.Node
  ) -> (ChannelsLast, RequantizeKernel, factors: Location)? {
    guard let layout = channelsLast(node.inputs[0])?.floats, operation.axis == 1 else { return nil }
    let kernel = RequantizeKernel(kernels: floatKernels, operation, channels: layout.channels)
    let scales = operation.hasScales ? plain(node.inputs[1]) : nil
    let factors = newPlace(byteCount: kernel.factorCount * MemoryLayout<Float>.size)
    append(
      WorkStep("\(kernel.name)_factors", isSerial: true) { memory in
        kernel.prepare(scales: scales.map { memory.floats($0) }, factors: memory.writeFloats(factors))
      }, reads: [scales].compactMap { $0 }, writes: [factors])
    return (layout, kernel, factors)
  }
}
