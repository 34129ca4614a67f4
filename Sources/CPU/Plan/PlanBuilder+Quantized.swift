import IR
import Tensors

/// How a graph is quantized in a plan.
struct PlanQuantization {
  let table: QuantizationTable
  /// The operations and values that are integers.
  let points: QuantizationPoints
}

/// An operation on bytes that may take a frame-interleaved input.
protocol InterleavedConsumer: CPUOperation {
  /// Returns whether a node takes its input frame-interleaved.
  func takesInterleaved(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool
}

extension PlanBuilder {
  /// Returns the quantization of a value as bytes; nil for other values.
  func byteForm(of id: Graph.ValueID) -> QuantizationParameters? {
    guard case .byte(let form) = quantization?.table.values[graph[id].name] else { return nil }
    return form
  }

  /// Returns the real number that 1 stands for in a value of 16 bits; nil for other values.
  func wordScale(of id: Graph.ValueID) -> Float? {
    guard case .word(let scale) = quantization?.table.values[graph[id].name] else { return nil }
    return scale
  }

  /// The form in which a depthwise convolution of bytes takes its input on this instruction set.
  var interleaved: QuantizedLayout.Form { .interleaved(frames: isa.interleavedFrames) }

  /// Returns the location of a value as bytes, converting it if necessary.
  func bytes(_ id: Graph.ValueID, _ layout: QuantizedLayout) -> Location {
    if let location = held(id, .quantized(layout)) { return location }
    let pixels = layout.with(.pixels)
    guard let form = byteForm(of: id) else { preconditionFailure("\(graph[id].name) has no form as bytes") }
    let (source, direction): (Location, QuantizedConversionStep.Direction) =
      if layout.isInterleaved {
        (bytes(id, pixels), .toInterleaved)
      } else if let interleaved = held(id, .quantized(layout.with(interleaved))) {
        (interleaved, .fromInterleaved)
      } else if let (location, layout) = reals[id] {
        if case .channelsLast(let reals) = layout { (location, .quantizePixels(reals)) } else { (location, .quantize) }
      } else {
        (plain(id), .quantize)
      }
    let target = newPlace(id, .quantized(layout))
    append(
      QuantizedConversionStep(
        direction: direction, source: source, target: target, layout: pixels, quantization: form, isa: isa),
      converting: id, reads: [source], writes: [target])
    return target
  }

  /// Returns the location of a depthwise convolution's 16-bit result.
  func words(_ id: Graph.ValueID) -> Location {
    guard let location = held(id, .quantized(QuantizedLayout(shape(id), .words))) else {
      preconditionFailure("\(graph[id].name) is read as words before it is computed")
    }
    return location
  }

  /// Converts a value that is available as integers, or as floats of an integer kernel, to plain floats.
  ///
  /// - Returns: Nil if the value is not available in such a layout.
  func dequantized(_ id: Graph.ValueID) -> Location? {
    let forms: [QuantizedLayout.Form] = [.floats, .words, .pixels, interleaved]
    let layouts = quantizedLayouts(of: id)
    let isHeld = forms.lazy.compactMap { form in layouts.first { $0.form == form } }.first
    // An input of the graph that no operation has taken as bytes yet.
    guard let layout = isHeld ?? reals[id].map({ _ in QuantizedLayout(shape(id), .pixels) }) else { return nil }
    let (step, source, target): (any Step, Location, Location)
    switch (layout.form, byteForm(of: id)) {
    case (.pixels, let form?), (.interleaved, let form?):
      source = bytes(id, layout.with(.pixels))
      target = newPlain(id)
      step = QuantizedConversionStep(
        direction: .dequantize, source: source, target: target, layout: layout.with(.pixels), quantization: form,
        isa: isa)
    default:
      guard let held = held(id, .quantized(layout)) else { return nil }
      source = held
      target = newPlain(id)
      step = WidePixelsStep(source: source, target: target, layout: layout, scale: wordScale(of: id) ?? 1)
    }
    append(step, converting: id, reads: [source], writes: [target])
    return target
  }

  /// Converts a value that is available as integers to floats in the kernels' layout.
  ///
  /// - Returns: Nil if the value is not available as integers, or the layout is not one of float pixels.
  func realPixels(_ id: Graph.ValueID, _ layout: ChannelsLast) -> Location? {
    guard layout == layout.floats, layout.pixels > 1 else { return nil }
    let pixels = QuantizedLayout(shape(id), .pixels)
    let form = byteForm(of: id) ?? QuantizationParameters(scale: 1, zeroPoint: 0)
    let (source, numbers): (Location, QuantizedClipLayout.WideNumbers?)
    if let floats = held(id, .quantized(pixels.with(.floats))) {
      (source, numbers) = (floats, .floats)
    } else if let words = held(id, .quantized(pixels.with(.words))), let scale = wordScale(of: id) {
      (source, numbers) = (words, .int16(scale: scale))
    } else if byteForm(of: id) != nil, reals[id] != nil || !quantizedLayouts(of: id).isEmpty {
      (source, numbers) = (bytes(id, pixels), nil)
    } else {
      return nil
    }
    let target = newPixels(id, layout)
    append(
      QuantizedConversionStep(
        direction: .dequantizePixels(layout, numbers), source: source, target: target, layout: pixels,
        quantization: form, isa: isa),
      converting: id, reads: [source], writes: [target])
    return target
  }

  /// After an operation in floating point, marks the results that integer operations take as bytes, for all their
  /// users.
  func settle(_ node: Graph.Node) {
    for id in node.results where byteForm(of: id) != nil && quantizedLayouts(of: id).isEmpty {
      // A linear map's rows are not a clip's pixels.
      let isMapped = (links.users[id] ?? []).contains {
        graph.nodes[$0].operation is Operations.Linear && graph.nodes[$0].inputs[0] == id
      }
      if !isMapped, let layout = heldLayout(id), layout == layout.floats, let pixels = held(id, .channelsLast(layout)) {
        hold(asBytes: id, reals: pixels, .channelsLast(layout))
      } else {
        hold(asBytes: id, reals: plain(id), plainLayout(id))
      }
    }
  }

  /// Returns a place for a result as real numbers, as the integer kernels write them.
  func newFloats(_ id: Graph.ValueID, _ layout: QuantizedLayout) -> Location {
    let location = newPlace(id, .quantized(layout.with(.floats)))
    // Without padding, the layout is the same as others.
    if layout.pixels == 1, layout.pixel == layout.channels {
      alias(id, plainLayout(id), at: location)
    }
    if let pixels = channelsLast(id)?.floats, pixels.paddedChannels == layout.pixel,
      layout == QuantizedLayout(shape(id), layout.form)
    {
      alias(id, .channelsLast(pixels), at: location)
    }
    return location
  }

  /// Returns whether a value is best written frame-interleaved: all its users are depthwise convolutions that take it
  /// in this layout.
  func wantsInterleaved(_ id: Graph.ValueID) -> Bool {
    let users = links.users[id] ?? []
    return !users.isEmpty && !links.isFinal(id)
      && users.allSatisfy { index in
        guard quantization?.points.form(of: index) != nil else { return false }
        let node = graph.nodes[index]
        return (node.operation as? any InterleavedConsumer)?.takesInterleaved(node, self) ?? false
      }
  }

  /// Adds a layer's weights, scales and biases as its kernel packs them.
  func packedBytes(
    byteCount: Int, _ pack: @escaping (QuantizedWeights, UnsafeMutableRawPointer) -> Void
  ) -> Location {
    let layer = integerForm?.layer
    let weight = layer.flatMap { storedParameter($0.weight) }
    let scales = layer.flatMap { storedScales($0.weight) }
    let bias = layer?.bias.flatMap { storedParameter($0) }
    return constant(byteCount: byteCount) { target in
      weight?.withUnsafeElements(as: Int8.self) { values in
        scales?.withUnsafeElements(as: Float.self) { scales in
          guard let values = values.baseAddress, let scales = scales.baseAddress else { return }
          guard let bias else { return pack(QuantizedWeights(values: values, scales: scales, bias: nil), target) }
          bias.withUnsafeElements(as: Int32.self) {
            pack(QuantizedWeights(values: values, scales: scales, bias: $0.baseAddress), target)
          }
        }
      }
    }
  }
}
