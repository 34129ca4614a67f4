import Tensors

extension Checkpoint {
  /// The model's parameters and buffers in float32, each in the expected shape.
  ///
  /// Every expected name must be there and no other, except `num_batches_tracked`, the step counter of batch norms,
  /// which may be there or not. float16, bfloat16 and float64 are converted.
  ///
  /// - Parameter expected: the model's parameters and buffers, the classifier last.
  /// - Throws: ``StateDictMismatch`` with everything that does not fit.
  public func weights(for expected: [ExpectedTensor]) throws(StateDictMismatch) -> [String: Tensor] {
    var weights: [String: Tensor] = [:]
    var mismatch = StateDictMismatch(path: path)
    for parameter in expected {
      let isStepCounter = Self.isStepCounter(parameter.name)
      guard let tensor = tensors[parameter.name] else {
        if !parameter.isOptional, !isStepCounter { mismatch.missing.append(parameter.name) }
        continue
      }
      if tensor.shape != parameter.shape {
        mismatch.misshapen.append(.init(name: parameter.name, found: tensor.shape, expected: parameter.shape))
      } else if !tensor.elementType.isFloatingPoint, !isStepCounter {
        mismatch.mistyped.append(.init(name: parameter.name, found: tensor.elementType))
      } else {
        weights[parameter.name] = tensor.converted(to: .float32)
      }
    }
    let known = Set(expected.map(\.name))
    mismatch.unexpected = tensors.names.filter { !known.contains($0) && !Self.isStepCounter($0) }
    guard mismatch.isEmpty else {
      mismatch.findClassCounts(expected)
      throw mismatch
    }
    return weights
  }

  private static func isStepCounter(_ name: String) -> Bool {
    name == "num_batches_tracked" || name.hasSuffix(".num_batches_tracked")
  }
}
