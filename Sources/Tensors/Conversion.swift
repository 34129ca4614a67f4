extension Tensor {
  /// Returns the same values as another element type.
  ///
  /// Floats round to nearest even; floats to integers truncate towards zero and saturate (NaN gives 0); integers that do
  /// not fit saturate; anything but zero is true. 64-bit integers beyond 2⁵³ lose their low bits to or from another type.
  public func converted(to target: ElementType) -> Tensor {
    if target == elementType { return self }
    switch (elementType, target) {
    // The pairs that matter for speed: half-precision weights on disk.
    case (.float16, .float32): return converted { (value: Float16) in Float(value) }
    case (.float32, .float16): return converted { (value: Float) in Float16(value) }
    default: break
    }
    switch target {
    case .float64: return mapped { $0 }
    case .float32: return mapped { Float($0) }
    case .float16: return mapped { Float16($0) }
    case .bfloat16: return mapped { BFloat16(Float($0)) }
    case .int64: return mapped { Int64(saturating: $0) }
    case .int32: return mapped { Int32(saturating: $0) }
    case .int16: return mapped { Int16(saturating: $0) }
    case .int8: return mapped { Int8(saturating: $0) }
    case .uint64: return mapped { UInt64(saturating: $0) }
    case .uint32: return mapped { UInt32(saturating: $0) }
    case .uint16: return mapped { UInt16(saturating: $0) }
    case .uint8: return mapped { UInt8(saturating: $0) }
    case .bool: return mapped { $0 != 0 }
    }
  }

  /// Converts element by element, in a loop that the compiler can vectorize.
  @inline(__always)
  private func converted<Source: TensorElement, Target: TensorElement>(_ convert: (Source) -> Target) -> Tensor {
    Tensor(shape: shape, as: Target.self) { target in
      withUnsafeElements(as: Source.self) { source in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        for index in 0..<source.count { to[index] = convert(from[index]) }
      }
    }
  }

  private func mapped<Target: TensorElement>(_ convert: (Double) -> Target) -> Tensor {
    Tensor(shape: shape, as: Target.self) { target in
      switch elementType {
      case .float64: fill(target, from: Double.self) { convert($0) }
      case .float32: fill(target, from: Float.self) { convert(Double($0)) }
      case .float16: fill(target, from: Float16.self) { convert(Double($0)) }
      case .bfloat16: fill(target, from: BFloat16.self) { convert(Double($0.float)) }
      case .int64: fill(target, from: Int64.self) { convert(Double($0)) }
      case .int32: fill(target, from: Int32.self) { convert(Double($0)) }
      case .int16: fill(target, from: Int16.self) { convert(Double($0)) }
      case .int8: fill(target, from: Int8.self) { convert(Double($0)) }
      case .uint64: fill(target, from: UInt64.self) { convert(Double($0)) }
      case .uint32: fill(target, from: UInt32.self) { convert(Double($0)) }
      case .uint16: fill(target, from: UInt16.self) { convert(Double($0)) }
      case .uint8: fill(target, from: UInt8.self) { convert(Double($0)) }
      // Read as bytes: one that is neither 0 nor 1, from a damaged file, is not a valid Swift Bool.
      case .bool:
        withUnsafeBytes { source in for index in source.indices { target[index] = convert(source[index] == 0 ? 0 : 1) }
        }
      }
    }
  }

  private func fill<Source: TensorElement, Target>(
    _ target: UnsafeMutableBufferPointer<Target>, from type: Source.Type, _ convert: (Source) -> Target
  ) {
    withUnsafeElements(as: type) { source in
      for index in source.indices { target[index] = convert(source[index]) }
    }
  }
}

extension FixedWidthInteger {
  /// Creates the nearest representable integer towards zero; 0 for NaN.
  fileprivate init(saturating value: Double) {
    if value.isNaN {
      self = 0
    } else {
      self = Self(exactly: value.rounded(.towardZero)) ?? (value < 0 ? .min : .max)
    }
  }
}
