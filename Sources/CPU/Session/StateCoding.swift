import IR

/// Converts a state between its layout in a session and the plain one in which it is saved.
struct StateCoding {
  let layout: Layout
  /// For pixels of floats, the kernels for their format.
  let kernels: KernelSet
  /// For bytes, the numbers that they stand for.
  let quantization: QuantizationParameters?
  let isa: ISA

  /// Reads a state as plain elements.
  func read(_ state: UnsafeRawPointer, to plain: UnsafeMutableRawPointer) {
    switch layout {
    case .plain: plain.copyMemory(from: state, byteCount: layout.byteCount)
    case .channelsLast(let layout):
      for image in 0..<layout.images {
        conversion(layout).toPlanes(
          image: state + image * layout.imageBytes,
          planes: plain.assumingMemoryBound(to: Float.self) + image * layout.channels * layout.pixels,
          rows: 0..<layout.height)
      }
    case .quantized(let layout):
      guard let conversion = conversion(layout) else { return }
      for image in 0..<layout.images {
        conversion.toPlanes(
          image: state.assumingMemoryBound(to: UInt8.self) + image * layout.imageBytes,
          planes: plain.assumingMemoryBound(to: Float.self) + image * layout.channels * layout.pixels,
          rows: 0..<layout.height)
      }
    }
  }

  /// Writes a state from plain elements.
  func write(_ plain: UnsafeRawPointer, to state: UnsafeMutableRawPointer) {
    switch layout {
    case .plain: state.copyMemory(from: plain, byteCount: layout.byteCount)
    case .channelsLast(let layout):
      for image in 0..<layout.images {
        conversion(layout).toPixels(
          planes: plain.assumingMemoryBound(to: Float.self) + image * layout.channels * layout.pixels,
          image: state + image * layout.imageBytes, rows: 0..<layout.height)
      }
    case .quantized(let layout):
      guard let conversion = conversion(layout) else { return }
      for image in 0..<layout.images {
        conversion.toPixels(
          planes: plain.assumingMemoryBound(to: Float.self) + image * layout.channels * layout.pixels,
          image: state.assumingMemoryBound(to: UInt8.self) + image * layout.imageBytes, rows: 0..<layout.height)
      }
    }
  }

  private func conversion(_ layout: ChannelsLast) -> ClipLayout {
    ClipLayout(kernels: kernels, channels: layout.channels, size: [layout.frames, layout.height, layout.width])
  }

  private func conversion(_ layout: QuantizedLayout) -> QuantizedClipLayout? {
    quantization.map {
      QuantizedClipLayout(isa: isa, channels: layout.channels, size: layout.size, quantization: $0)
    }
  }
}
