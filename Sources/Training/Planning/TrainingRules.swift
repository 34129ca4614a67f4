import Graph
import Runtime

/// How the operations that exist in training alone become steps of a plan; what has no rule here runs with its scalar meaning.
struct TrainingRules: LoweringRules {
  func lower(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool {
    switch node.operation {
    default: false
    }
  }
}
