/// A namespace for the operations of graphs.
public enum Operations {}

/// The list of all operations of graphs.
package enum OperationRegistry {
  package static let all: [any Operation.Type] =
    [
      Operations.Convolution.self, Operations.TransposedConvolution.self, Operations.Linear.self,
      Operations.MatMul.self, Operations.Einsum.self, Operations.GRU.self, Operations.LSTM.self,
      Operations.BatchNorm.self, Operations.LayerNorm.self, Operations.RMSNorm.self, Operations.GroupNorm.self,
      Operations.Softmax.self, Operations.LogSoftmax.self,
      Operations.Pool.self, Operations.AdaptivePool.self, Operations.Resize.self,
      Operations.Mean.self, Operations.Reduce.self, Operations.ArgReduce.self, Operations.TopK.self,
      Operations.CumulativeSum.self, Operations.TemporalSimilarity.self,
      Operations.Activation.self, Operations.ParametricActivation.self, Operations.PRelu.self, Operations.Unary.self,
      Operations.Binary.self, Operations.Select.self, Operations.Cast.self, Operations.Dropout.self,
      Operations.Concat.self, Operations.Split.self, Operations.Reshape.self, Operations.Permute.self,
      Operations.Slice.self, Operations.Pad.self, Operations.Expand.self, Operations.Tile.self,
      Operations.Triangle.self, Operations.DepthToSpace.self, Operations.SpaceToDepth.self,
      Operations.Gather.self, Operations.GatherElements.self, Operations.GatherND.self,
      Operations.ScatterElements.self, Operations.ScatterND.self, Operations.OneHot.self,
      // Efficient operations, which only the transmuter adds.
      Operations.Pointwise.self, Operations.Depthwise.self, Operations.FusedConvolution.self,
      Operations.SqueezeExcite.self,
    ] + shapeArithmetic

  /// Operations that compute with the lengths of axes, or take what was computed; specialization folds them.
  package static let shapeArithmetic: [any Operation.Type] = [
    Operations.Constant.self, Operations.Shape.self, Operations.IntegerRange.self, Operations.ReshapeTo.self,
    Operations.ExpandTo.self, Operations.SliceTo.self,
  ]

  static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}
