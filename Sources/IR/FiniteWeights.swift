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
  /// - Parameters:
  ///   - model: The name of the model in errors.
  ///   - masks: The paths of parameters that may hold infinities, but no NaN; asked for only if there are some.
  /// - Throws: ``NonFiniteWeights``.
  package func checkFinite(of model: String, masks: @autoclosure () -> Set<String> = []) throws(NonFiniteWeights) {
    let notFinite = filter { $0.value.elementType.isFloatingPoint && $0.value.holdsNotFinite }
    if notFinite.isEmpty { return }
    let masks = masks()
    let bad = notFinite.filter { $0.value.holdsNotFinite(isMask: masks.contains($0.key)) }
    if let path = bad.keys.min() { throw NonFiniteWeights(model: model, parameter: path) }
  }
}

extension Graph {
  /// The paths of parameters in which infinities have a meaning: masks, which are added to values or selected, as -∞ in front
  /// of softmax is.
  package var masks: Set<String> {
    let links = GraphLinks(self)
    let found = parameters.filter { parameter in
      let users = links.users[parameter.value] ?? []
      return !users.isEmpty
        && users.allSatisfy {
          nodes[$0].operation is Operations.Select || (nodes[$0].operation as? Operations.Binary)?.function == .add
        }
    }
    return Set(found.map(\.path))
  }
}

extension Tensor {
  /// Returns whether a tensor of float32 or float16 contains NaN or, unless it is a mask, infinity.
  package func holdsNotFinite(isMask: Bool) -> Bool {
    guard holdsNotFinite else { return false }
    return !isMask || converted(to: .float32).elements(as: Float.self).contains(where: \.isNaN)
  }

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
