/// Which kernels a plan takes for its layers where it shall not take its default ones.
///
/// Found by measuring (`Tuner`); every choice gives the same results, up to the order of sums.
public struct KernelChoices: Sendable, Equatable {
  /// The choices for one layer; nil where the default is good.
  public struct Layer: Sendable, Hashable {
    /// How many vectors of output channels a matrix product works on at once, as far as they go.
    public var panelVectors: Int?
    /// Whether a depthwise convolution takes the rows of the step before it as they are made, where that is possible.
    public var fusesRows: Bool?

    /// The choices for a layer.
    public init(panelVectors: Int? = nil, fusesRows: Bool? = nil) {
      self.panelVectors = panelVectors
      self.fusesRows = fusesRows
    }
  }

  /// What ``Layer/panelVectors`` can be: as many vectors as there are tiles of many pixels for. Where the layer's vectors do
  /// not divide by it, the first panels are wider.
  public static let panelVectors = 1...3

  /// The choices by layer: the path of its first parameter.
  public var layers: [String: Layer]

  /// Choices for some layers; defaults for all others.
  public init(layers: [String: Layer] = [:]) { self.layers = layers }
}
