import IR
import CPU

/// How the operations that exist in training alone become steps of a plan; what has no rule here runs with its scalar meaning.
struct TrainingRules: LoweringRules {
  func lower(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool {
    switch node.operation {
    case let operation as Operations.BatchNormTraining: builder.lower(operation, node)
    case let operation as Operations.BatchNormGradient: builder.lower(operation, node)
    case let operation as Operations.ConvolutionInputGradient: builder.lower(operation, node)
    case let operation as Operations.ConvolutionWeightGradient: builder.lower(operation, node)
    case let operation as Operations.LinearInputGradient: builder.lower(operation, node)
    case let operation as Operations.LinearWeightGradient: builder.lower(operation, node)
    case let operation as Operations.Modulation: builder.lower(operation, node)
    case let operation as Operations.ModulationGradient: builder.lower(operation, node)
    case let operation as Operations.ModulationScaleGradient: builder.lower(operation, node)
    case let operation as Operations.PoolGradient: builder.lower(operation, node)
    case let operation as Operations.ActivationGradient: builder.lower(operation, node)
    case let operation as Operations.SumTo:
      builder.lower(operation, node) || builder.lowerChannelSums(operation, node)
    case let operation as Operations.Expand: builder.lower(operation, node)
    case let operation as Operations.Permute: builder.lower(operation, node)
    case let operation as Operations.Requantize: builder.lower(operation, node)
    case let operation as Operations.RequantizeGradient: builder.lower(operation, node)
    case let operation as Operations.RoundLayer: builder.lower(operation, node)
    case let operation as Operations.DivideRows: builder.lower(operation, node)
    case let operation as Operations.ExactMean: builder.lower(operation, node)
    default: false
    }
  }
}
