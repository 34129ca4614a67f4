import CPU
import IR

extension Operations.BatchNormTraining: CPUOperation {
  /// Lowers batch norm by the batch's statistics: moments in parts, then the statistics, then all pixels.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    guard let layout = builder.channelsLast(node.inputs[0])?.floats else { return false }
    let hasResidual = node.inputs.count == 4
    let kernel = BatchNormKernel(
      kernels: builder.floatKernels, channels: layout.channels, epsilon: epsilon, activation: activation,
      hasResidual: hasResidual)
    let x = builder.pixels(node.inputs[0], layout)
    let residual = hasResidual ? builder.pixels(node.inputs[3], layout) : nil
    let (scale, shift) = (builder.plain(node.inputs[1]), builder.plain(node.inputs[2]))
    let partBytes = kernel.partCount * MemoryLayout<Double>.size
    let parts = builder.newOwnPlace(byteCount: partBytes)
    builder.append(
      PixelWork(kernel.momentsName, pixels: layout.allPixels, sums: (parts, partBytes)) { memory, run in
        kernel.addMoments(
          x: memory.floats(x) + run.lowerBound * layout.paddedChannels, count: run.count, adds: true,
          part: memory.write(parts).assumingMemoryBound(to: Double.self))
      }, reads: [x], writes: [parts])
    let (mean, variance) = (builder.newPlain(node.results[1]), builder.newPlain(node.results[2]))
    let factors = builder.newPlace(byteCount: kernel.factorCount * MemoryLayout<Float>.size)
    let shared = builder.newSharedSums(kernel, ranks)
    builder.append(
      // Ranks exchange numbers in the order of the graph.
      WorkStep("\(kernel.momentsName)_statistics", isSerial: true, isMovable: ranks == nil) { memory in
        let parts = memory.parts(at: parts, of: Double.self)
        if let shared {
          let sums = memory.sharedSums(kernel, at: shared.sums)
          kernel.sharedMoments(parts: parts.first, stride: parts.stride, count: memory.workers, to: sums.first)
          shared.exchange.sum(sums.all)
          kernel.statistics(
            shared: sums.first, mean: memory.writeFloats(mean), variance: memory.writeFloats(variance))
        } else {
          kernel.statistics(
            parts: parts.first, stride: parts.stride, count: memory.workers, mean: memory.writeFloats(mean),
            variance: memory.writeFloats(variance))
        }
        kernel.prepare(
          scale: memory.floats(scale), shift: memory.floats(shift), mean: memory.floats(mean),
          variance: memory.floats(variance), factors: memory.writeFloats(factors))
      }, reads: [parts, scale, shift], writes: [mean, variance, factors] + [shared?.sums].compactMap { $0 })
    let y = builder.newPixels(node.results[0], layout)
    builder.append(
      PixelWork(kernel.normalizeName, pixels: layout.allPixels) { memory, run in
        let first = run.lowerBound * layout.paddedChannels
        kernel.normalize(
          x: memory.floats(x) + first, residual: residual.map { memory.floats($0) + first },
          factors: memory.floats(factors), y: memory.writeFloats(y) + first, count: run.count)
      }, reads: [x, factors] + [residual].compactMap { $0 }, writes: [y])
    return true
  }
}

extension Operations.BatchNormGradient: CPUOperation {
  /// Lowers the gradients of batch norm: sums in parts, then the gradients of scale and shift, then that of all pixels.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    guard let layout = builder.channelsLast(node.inputs[0])?.floats else { return false }
    let kernel = BatchNormKernel(
      kernels: builder.floatKernels, channels: layout.channels, epsilon: epsilon, activation: activation,
      hasResidual: hasResidual)
    let (x, dy) = (builder.pixels(node.inputs[0], layout), builder.pixels(node.inputs[1], layout))
    let y = hasResidual ? builder.pixels(node.inputs[5], layout) : nil
    let factors = builder.addFactors(kernel, self, node)
    // What ReLU after a residual passes on, and then the gradient of x, may use dy's memory.
    let isLast = builder.owns(node.inputs[1], at: dy)
    let g = hasResidual ? (isLast ? dy : builder.newPixels(node.results[3], layout)) : nil
    if let g, isLast { builder.alias(node.results[3], .channelsLast(layout), at: g) }
    let partBytes = kernel.partCount * MemoryLayout<Double>.size
    let parts = builder.newOwnPlace(byteCount: partBytes)
    builder.append(
      PixelWork(kernel.sumsName, pixels: layout.allPixels, sums: (parts, partBytes)) { memory, run in
        let first = run.lowerBound * layout.paddedChannels
        kernel.addSums(
          x: memory.floats(x) + first, dy: memory.floats(dy) + first, y: y.map { memory.floats($0) + first },
          g: g.map { memory.writeFloats($0) + first }, factors: memory.floats(factors), count: run.count,
          adds: true, part: memory.write(parts).assumingMemoryBound(to: Double.self))
      }, reads: [x, dy, factors] + [y].compactMap { $0 }, writes: [parts] + [g].compactMap { $0 })
    let (scaleGradient, shiftGradient) = (builder.newPlain(node.results[1]), builder.newPlain(node.results[2]))
    let positions = usesBatch ? layout.allPixels : nil
    let shared = builder.newSharedSums(kernel, ranks)
    builder.append(
      WorkStep("\(kernel.sumsName)_gradients", isSerial: true, isMovable: ranks == nil) { memory in
        let parts = memory.parts(at: parts, of: Double.self)
        guard let shared else {
          return kernel.gradients(
            parts: parts.first, stride: parts.stride, count: memory.workers, positions: positions,
            factors: memory.writeFloats(factors), scale: memory.writeFloats(scaleGradient),
            shift: memory.writeFloats(shiftGradient))
        }
        let sums = memory.sharedSums(kernel, at: shared.sums)
        kernel.sharedGradients(
          parts: parts.first, stride: parts.stride, count: memory.workers, positions: layout.allPixels,
          scale: memory.writeFloats(scaleGradient), shift: memory.writeFloats(shiftGradient), to: sums.first)
        shared.exchange.sum(sums.all)
        kernel.complete(memory.writeFloats(factors), shared: sums.first)
      }, reads: [parts, factors],
      writes: [factors, scaleGradient, shiftGradient] + [shared?.sums].compactMap { $0 })
    guard builder.useCount(of: node.results[0]) > 0 else { return true }
    let passed = g ?? dy
    let isFree = hasResidual ? builder.useCount(of: node.results[3]) == 0 && isLast : isLast
    let dx = isFree ? passed : builder.newPixels(node.results[0], layout)
    if isFree { builder.alias(node.results[0], .channelsLast(layout), at: dx) }
    builder.append(
      PixelWork(kernel.gradientName, pixels: layout.allPixels) { memory, run in
        let first = run.lowerBound * layout.paddedChannels
        kernel.gradient(
          x: memory.floats(x) + first, dy: memory.floats(passed) + first, factors: memory.floats(factors),
          dx: memory.writeFloats(dx) + first, count: run.count)
      }, reads: [x, passed, factors], writes: [dx])
    return true
  }
}

extension PlanBuilder {
  /// Returns a place for what ranks add up, with what they exchange it by; nil if they share nothing.
  fileprivate func newSharedSums(
    _ kernel: BatchNormKernel, _ ranks: RankLink?
  ) -> (sums: Location, exchange: RankExchange)? {
    ranks.map { (newPlace(byteCount: kernel.sharedCount * MemoryLayout<Double>.size), $0.exchange) }
  }

  /// Adds the step that computes the factors from values of the graph.
  fileprivate func addFactors(
    _ kernel: BatchNormKernel, _ operation: Operations.BatchNormGradient, _ node: Graph.Node
  ) -> Location {
    let (scale, mean, variance) = (plain(node.inputs[2]), plain(node.inputs[3]), plain(node.inputs[4]))
    // The shift is not needed where the activation's argument is not recomputed.
    let shift = operation.activation != nil && !operation.hasResidual ? plain(node.inputs[5]) : mean
    let factors = newPlace(byteCount: kernel.factorCount * MemoryLayout<Float>.size)
    append(
      WorkStep("\(kernel.sumsName)_factors", isSerial: true, isMovable: true) { memory in
        kernel.prepare(
          scale: memory.floats(scale), shift: memory.floats(shift), mean: memory.floats(mean),
          variance: memory.floats(variance), factors: memory.writeFloats(factors))
      }, reads: [scale, shift, mean, variance], writes: [factors])
    return factors
  }
}

extension WorkerMemory {
  /// Returns what ranks add up.
  fileprivate func sharedSums(
    _ kernel: BatchNormKernel, at place: Location
  ) -> (first: UnsafeMutablePointer<Double>, all: UnsafeMutableBufferPointer<Double>) {
    let first = write(place).assumingMemoryBound(to: Double.self)
    return (first, UnsafeMutableBufferPointer(start: first, count: kernel.sharedCount))
  }
}
