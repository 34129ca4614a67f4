/// A namespace for the operations of graphs.
public enum Operations {}

/// The list of all operations of graphs.
package enum OperationRegistry {
  package static let all: [any Operation.Type] =
    [
      Operations.Convolution.self, Operations.Linear.self, Operations.MatMul.self,
      Operations.BatchNorm.self, Operations.LayerNorm.self, Operations.Softmax.self,
      Operations.Pool.self, Operations.AdaptivePool.self, Operations.Mean.self,
      Operations.Activation.self, Operations.Binary.self, Operations.Dropout.self,
      Operations.Concat.self, Operations.Reshape.self, Operations.Permute.self, Operations.Slice.self,
      Operations.Pad.self,
      // Efficient operations, which only the transmuter adds.
      Operations.Pointwise.self, Operations.Depthwise.self, Operations.FusedConvolution.self,
      Operations.SqueezeExcite.self,
    ] + shapeArithmetic

  /// Operations that compute with the lengths of axes, or take what was computed; specialization folds them.
  package static let shapeArithmetic: [any Operation.Type] = [
    Operations.Constant.self, Operations.Shape.self, Operations.IntegerRange.self, Operations.ReshapeTo.self,
  ]

  static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}
