import Tensors

/// Weights with NaN or infinity among them, which no model is written with or evaluated by.
public struct NonFiniteWeights: UserFacingError, Equatable {
  /// The model.
  public let model: String
  /// The first parameter that holds such a number, by name.
  public let parameter: String

  /// Which model it is, and where.
  public var description: String {
    "the weights of \(model.printable) are not finite: there is NaN or infinity in \(parameter.printable)"
  }
}

extension [String: Tensor] {
  /// Makes sure that all floating-point weights are numbers.
  ///
  /// - Parameter model: What errors call them.
  /// - Throws: ``NonFiniteWeights``.
  package func checkFinite(of model: String) throws(NonFiniteWeights) {
    let bad = filter { $0.value.elementType.isFloatingPoint && $0.value.holdsNotFinite }.keys.min()
    if let bad { throw NonFiniteWeights(model: model, parameter: bad) }
  }
}

extension Tensor {
  /// Whether there is NaN or infinity in a tensor of float32 or float16.
  package var holdsNotFinite: Bool {
    if elementType == .float32 { return withUnsafeElements(as: Float.self) { !$0.isFinite } }
    return converted(to: .float32).holdsNotFinite
  }
}

extension UnsafeBufferPointer<Float> {
  /// Whether all numbers are finite: the exponent of NaN and infinity is all ones. Without branches, so that many are looked at at
  /// once.
  fileprivate var isFinite: Bool {
    var most: UInt32 = 0
    for index in indices { most = Swift.max(most, self[index].bitPattern & 0x7FFF_FFFF) }
    return most < 0x7F80_0000
  }
}
