import IR
import CPU

extension PlanBuilder {
  /// Batch norm by the batch's statistics: moments in parts, then the statistics, then all pixels.
  func lower(_ operation: Operations.BatchNormTraining, _ node: Graph.Node) -> Bool {
    guard let layout = channelsLast(node.inputs[0])?.floats else { return false }
    let hasResidual = node.inputs.count == 4
    let kernel = BatchNormKernel(
      kernels: floatKernels, channels: layout.channels, epsilon: operation.epsilon, activation: operation.activation,
      hasResidual: hasResidual)
    let x = pixels(node.inputs[0], layout)
    let residual = hasResidual ? pixels(node.inputs[3], layout) : nil
    let (scale, shift) = (plain(node.inputs[1]), plain(node.inputs[2]))
    let partBytes = kernel.partCount * MemoryLayout<Double>.size
    let parts = newOwnPlace(byteCount: partBytes)
    append(
      PixelWork(kernel.momentsName, pixels: layout.allPixels, sums: (parts, partBytes)) { memory, run in
        kernel.addMoments(
          x: memory.floats(x) + run.lowerBound * layout.paddedChannels, count: run.count, adds: true,
          part: memory.write(parts).assumingMemoryBound(to: Double.self))
      }, reads: [x], writes: [parts])
    let (mean, variance) = (newPlain(node.results[1]), newPlain(node.results[2]))
    let factors = newPlace(byteCount: kernel.factorCount * MemoryLayout<Float>.size)
    append(
      WorkStep("\(kernel.momentsName)_statistics", isSerial: true, isMovable: true) { memory in
        let parts = memory.parts(at: parts, of: Double.self)
        kernel.statistics(
          parts: parts.first, stride: parts.stride, count: memory.workers, mean: memory.writeFloats(mean),
          variance: memory.writeFloats(variance))
        kernel.prepare(
          scale: memory.floats(scale), shift: memory.floats(shift), mean: memory.floats(mean),
          variance: memory.floats(variance), factors: memory.writeFloats(factors))
      }, reads: [parts, scale, shift], writes: [mean, variance, factors])
    let y = newPixels(node.results[0], layout)
    append(
      PixelWork(kernel.normalizeName, pixels: layout.allPixels) { memory, run in
        let first = run.lowerBound * layout.paddedChannels
        kernel.normalize(
          x: memory.floats(x) + first, residual: residual.map { memory.floats($0) + first },
          factors: memory.floats(factors), y: memory.writeFloats(y) + first, count: run.count)
      }, reads: [x, factors] + [residual].compactMap { $0 }, writes: [y])
    return true
  }

  /// The gradients of batch norm: sums in parts, then those of scale and shift, then that of all pixels.
  func lower(_ operation: Operations.BatchNormGradient, _ node: Graph.Node) -> Bool {
    guard let layout = channelsLast(node.inputs[0])?.floats else { return false }
    let hasResidual = operation.hasResidual
    let kernel = BatchNormKernel(
      kernels: floatKernels, channels: layout.channels, epsilon: operation.epsilon, activation: operation.activation,
      hasResidual: hasResidual)
    let (x, dy) = (pixels(node.inputs[0], layout), pixels(node.inputs[1], layout))
    let y = hasResidual ? pixels(node.inputs[5], layout) : nil
    let factors = addFactors(kernel, operation, node)
    // What ReLU after a residual passes on, and then the gradient of x, may take dy's place.
    let isLast = owns(node.inputs[1], at: dy)
    let g = hasResidual ? (isLast ? dy : newPixels(node.results[3], layout)) : nil
    if let g, isLast { alias(node.results[3], .channelsLast(layout), at: g) }
    let partBytes = kernel.partCount * MemoryLayout<Double>.size
    let parts = newOwnPlace(byteCount: partBytes)
    append(
      PixelWork(kernel.sumsName, pixels: layout.allPixels, sums: (parts, partBytes)) { memory, run in
        let first = run.lowerBound * layout.paddedChannels
        kernel.addSums(
          x: memory.floats(x) + first, dy: memory.floats(dy) + first, y: y.map { memory.floats($0) + first },
          g: g.map { memory.writeFloats($0) + first }, factors: memory.floats(factors), count: run.count,
          adds: true, part: memory.write(parts).assumingMemoryBound(to: Double.self))
      }, reads: [x, dy, factors] + [y].compactMap { $0 }, writes: [parts] + [g].compactMap { $0 })
    let (scaleGradient, shiftGradient) = (newPlain(node.results[1]), newPlain(node.results[2]))
    let positions = operation.usesBatch ? layout.allPixels : nil
    append(
      WorkStep("\(kernel.sumsName)_gradients", isSerial: true, isMovable: true) { memory in
        let parts = memory.parts(at: parts, of: Double.self)
        kernel.gradients(
          parts: parts.first, stride: parts.stride, count: memory.workers, positions: positions,
          factors: memory.writeFloats(factors), scale: memory.writeFloats(scaleGradient),
          shift: memory.writeFloats(shiftGradient))
      }, reads: [parts, factors], writes: [factors, scaleGradient, shiftGradient])
    guard useCount(of: node.results[0]) > 0 else { return true }
    let passed = g ?? dy
    let isFree = hasResidual ? useCount(of: node.results[3]) == 0 && isLast : isLast
    let dx = isFree ? passed : newPixels(node.results[0], layout)
    if isFree { alias(node.results[0], .channelsLast(layout), at: dx) }
    append(
      PixelWork(kernel.gradientName, pixels: layout.allPixels) { memory, run in
        let first = run.lowerBound * layout.paddedChannels
        kernel.gradient(
          x: memory.floats(x) + first, dy: memory.floats(passed) + first, factors: memory.floats(factors),
          dx: memory.writeFloats(dx) + first, count: run.count)
      }, reads: [x, passed, factors], writes: [dx])
    return true
  }

  /// Adds the step that makes the factors from what the graph has.
  private func addFactors(
    _ kernel: BatchNormKernel, _ operation: Operations.BatchNormGradient, _ node: Graph.Node
  ) -> Location {
    let (scale, mean, variance) = (plain(node.inputs[2]), plain(node.inputs[3]), plain(node.inputs[4]))
    // Where the activation's argument is not computed again nobody asks for the shift.
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
