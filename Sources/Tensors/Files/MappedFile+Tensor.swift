extension MappedFile {
  /// Returns the tensor at `offset`: a view of the file if its layout allows one, else a copy.
  ///
  /// - Parameters:
  ///   - name: The name of the tensor in errors.
  ///   - layout: The layout of its elements.
  ///   - offset: The offset of its first element in bytes.
  ///   - window: The part of the file that it must be in.
  /// - Throws: ``FormatError`` if it extends beyond the window, has an impossible layout, or has booleans other than 0
  ///   and 1.
  public func tensor(
    named name: String, layout: TensorLayout, at offset: Int, within window: Range<Int>
  ) throws(FormatError) -> Tensor {
    guard let span = layout.span else {
      throw FormatError(
        path: path, offset: offset, "\(name) has the impossible shape \(layout.shape) with strides \(layout.strides)")
    }
    let (byteSpan, overflow) = span.multipliedReportingOverflow(by: layout.elementType.byteCount)
    guard !overflow, window.lowerBound >= 0, window.upperBound <= count, window.lowerBound <= offset,
      offset <= window.upperBound, byteSpan <= window.upperBound - offset
    else {
      throw FormatError(
        path: path, offset: offset,
        "\(name) of shape \(layout.shape) needs \(span) \(layout.elementType) elements,"
          + " more than its \(window.count) bytes of data hold")
    }
    let source = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + byteSpan])
    // Swift's Bool has two bit patterns only; others would be undefined behaviour.
    if layout.elementType == .bool, let bad = source.firstIndex(where: { $0 > 1 }) {
      throw FormatError(path: path, offset: offset + bad, "\(name) has a boolean that is neither 0 nor 1")
    }
    if layout.isNative {
      return Tensor(mapping: self, offset: offset, shape: layout.shape, elementType: layout.elementType)
    }
    var tensor = Tensor(zeros: layout.shape, elementType: layout.elementType)
    tensor.withUnsafeMutableBytes { target in
      switch layout.elementType.byteCount {
      case 1: gather(source, layout, into: target.bindMemory(to: UInt8.self))
      case 2: gather(source, layout, into: target.bindMemory(to: UInt16.self))
      case 4: gather(source, layout, into: target.bindMemory(to: UInt32.self))
      default: gather(source, layout, into: target.bindMemory(to: UInt64.self))
      }
    }
    return tensor
  }
}

/// Copies elements, taken as integers of their size, to row-major order; the layout has been checked against `source`.
private func gather<Word: FixedWidthInteger & BitwiseCopyable>(
  _ source: UnsafeRawBufferPointer, _ layout: TensorLayout, into target: UnsafeMutableBufferPointer<Word>
) {
  let width = MemoryLayout<Word>.size
  let rowLength = layout.shape.last ?? 1
  let rowStride = layout.strides.last ?? 0
  let outerAxes = layout.shape.indices.dropLast()
  var index = [Int](repeating: 0, count: layout.shape.count)
  var rowStart = 0
  var next = target.startIndex
  while next < target.endIndex {
    for column in 0..<rowLength {
      let word = source.loadUnaligned(fromByteOffset: (rowStart + column * rowStride) * width, as: Word.self)
      target[next] = layout.isBigEndian ? word.byteSwapped : word
      next += 1
    }
    // Count up like an odometer.
    for axis in outerAxes.reversed() {
      index[axis] += 1
      rowStart += layout.strides[axis]
      if index[axis] < layout.shape[axis] { break }
      rowStart -= index[axis] * layout.strides[axis]
      index[axis] = 0
    }
  }
}
