/// The kernels that a plan uses for its layers instead of its defaults.
///
/// A `Tuner` finds them by measuring; every choice gives the same results, up to the order of sums.
public struct KernelChoices: Sendable, Equatable {
  /// The choices for a layer; nil for the default.
  public struct Layer: Sendable, Hashable {
    /// The largest number of vectors of output channels that a matrix product computes at once.
    public var panelVectors: Int?
    /// Whether a depthwise convolution takes the rows of the previous step as they are computed, if possible.
    public var fusesRows: Bool?

    /// Creates the choices for a layer.
    ///
    /// - Parameters:
    ///   - panelVectors: The largest number of vectors of output channels that a matrix product computes at once.
    ///   - fusesRows: Whether a depthwise convolution takes the rows of the previous step as they are computed.
    public init(panelVectors: Int? = nil, fusesRows: Bool? = nil) {
      self.panelVectors = panelVectors
      self.fusesRows = fusesRows
    }
  }

  /// The possible values of ``Layer/panelVectors``: the numbers of vectors that have tiles of many pixels. If the
  /// number of the layer's vectors is not a multiple, the first panels are wider.
  public static let panelVectors = 1...3

  /// The choices by the path of the layer's first parameter.
  public var layers: [String: Layer]

  /// Creates choices for some layers; all others have the default.
  public init(layers: [String: Layer] = [:]) { self.layers = layers }
}
