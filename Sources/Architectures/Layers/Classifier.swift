import IR

/// A simple classification head: the mean over time and space, then a linear map to the classes.
///
/// Input `[N, C, T, H, W]` or `[N, C, H, W]`, result `[N, classes]`. Parameters: `proj.weight`, `proj.bias`.
public struct Classifier: Layer {
  private let classCount: Int
  private let dropout: Float

  /// Creates a head for a number of classes, with dropout before the linear map.
  public init(classCount: Int, dropout: Float = 0) {
    self.classCount = classCount
    self.dropout = dropout
  }

  /// Adds the head.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    let features = Dropout(dropout)(x.mean(axes: Array(2..<max(2, x.rank))), name: "dropout")
    return Linear(x.channels, classCount)(features, name: "proj")
  }
}
