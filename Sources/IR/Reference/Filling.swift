import Tensors

extension ElementType {
  /// Returns whether elements of this type can represent a value: exactly, or rounded to a finite floating-point
  /// number.
  package func holds(_ value: Double) -> Bool {
    let held = Tensor([value], shape: []).converted(to: self).converted(to: .float64).elements(as: Double.self)[0]
    return isFloatingPoint ? !value.isNaN && held.isFinite == value.isFinite : held == value
  }
}

extension Tensor {
  /// Creates a tensor whose elements all have the same value, which their type must be able to represent
  /// (``Tensors/ElementType/holds(_:)``).
  package init(repeating value: Double, shape: [Int], elementType: ElementType) {
    self.init(zeros: shape, elementType: elementType)
    let element = Tensor([value], shape: []).converted(to: elementType)
    let size = elementType.byteCount
    element.withUnsafeBytes { source in
      withUnsafeMutableBytes { target in
        for start in stride(from: 0, to: target.count, by: size) {
          for byte in 0..<size { target[start + byte] = source[byte] }
        }
      }
    }
  }
}
