import Tensors

/// An error for weights with NaN or infinity, with which no model is written or evaluated.
public struct NonFiniteWeights: UserFacingError, Equatable {
  /// The name of the model.
  public let model: String
  /// The path of the first parameter with such an element.
  public let parameter: String

  /// A sentence that names the model and the parameter.
  public var description: String {
    "the weights of \(model.printable) are not finite: there is NaN or infinity in \(parameter.printable)"
  }
}

extension [String: Tensor] {
  /// Checks that all floating-point weights are finite.
  ///
  /// - Parameter model: The name of the model in errors.
  /// - Throws: ``NonFiniteWeights``.
  package func checkFinite(of model: String) throws(NonFiniteWeights) {
    let bad = filter { $0.value.elementType.isFloatingPoint && $0.value.holdsNotFinite }.keys.min()
    if let bad { throw NonFiniteWeights(model: model, parameter: bad) }
  }
}

extension Tensor {
  /// Whether a tensor of float32 or float16 contains NaN or infinity.
  package var holdsNotFinite: Bool {
    if elementType == .float32 { return withUnsafeElements(as: Float.self) { !$0.isFinite } }
    return converted(to: .float32).holdsNotFinite
  }
}

extension UnsafeBufferPointer<Float> {
  /// Whether all elements are finite: the exponent of NaN and infinity is all ones. The loop has no branches, so that
  /// it is vectorized.
  fileprivate var isFinite: Bool {
    var most: UInt32 = 0
    for index in indices { most = Swift.max(most, self[index].bitPattern & 0x7FFF_FFFF) }
    return most < 0x7F80_0000
  }
}
