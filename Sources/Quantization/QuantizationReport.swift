import IR

/// How a network was quantized, and the accuracy that it costs.
public struct QuantizationReport: Sendable {
  /// A combination of settings that was tried.
  public struct Trial: Sendable {
    /// How ranges follow from the statistics.
    public let observer: Observer
    /// Whether the ranges of channels were equalized.
    public let isEqualized: Bool
    /// The SQNR of the results in dB.
    public let decibels: Double
  }

  /// How the settings were chosen.
  public struct Attempts: Sendable {
    /// How ranges follow from the statistics.
    public let observer: Observer
    /// Whether the ranges of channels were equalized between layers.
    public let isEqualized: Bool
    /// The trials among which these were chosen; empty if there was no choice.
    public let trials: [Trial]
  }

  /// The layers that an accuracy budget keeps in floating point.
  public struct Mixed: Sendable {
    /// A layer in floating point.
    public struct Layer: Sendable {
      /// The layer's path.
      public let path: String
      /// The name of its operation.
      public let operation: String
      /// The name of its result in the graph.
      public let value: String
      /// The SQNR in dB of the results on calibration clips if this layer were in integers too.
      public let decibelsWithout: Double
      /// The additional milliseconds of a run because of it; nil if that was not measured, or is within the noise of
      /// the measurement.
      public let milliseconds: Double?
    }

    /// The budget.
    public let budget: AccuracyBudget
    /// The layers, in the order of the graph; empty if all layers in integers are within the budget.
    public let layers: [Layer]
    /// Whether the search reached its time limit: fewer layers may be enough.
    public let endedEarly: Bool
  }

  /// A value that is quantized.
  public struct Value: Sendable {
    /// Its name in the graph.
    public let name: String
    /// The path of the layer that computes it.
    public let layer: String
    /// How it is quantized.
    public let form: QuantizationTable.Form
    /// Its SQNR in dB on calibration clips, with everything before it in integers.
    public let calibrationDecibels: Double
    /// Its SQNR in dB on other clips; nil without any.
    public let otherDecibels: Double?
  }

  /// A layer that computes in floating point.
  public struct FloatLayer: Sendable {
    /// The layer's path.
    public let path: String
    /// The name of its operation.
    public let operation: String
    /// The reason.
    public let reason: String
  }

  /// The number of calibration clips.
  public let calibrationClips: Int
  /// How the settings were chosen.
  public let attempts: Attempts
  /// Whether biases are corrected for the change that rounding makes to means.
  public let correctsBias: Bool
  /// The range of the integers of weights.
  public let weightRange: WeightRange
  /// The values that are quantized, in the order of the graph.
  public let values: [Value]
  /// The layers that an accuracy budget keeps in floating point; nil without a budget.
  public let mixed: Mixed?
  /// The other layers in floating point.
  public let floatLayers: [FloatLayer]
  /// The latencies on this machine; nil if they were not measured.
  public let latencies: PrecisionLatencies?
  /// The fidelity on calibration clips.
  public let calibration: Fidelity
  /// The fidelity on other clips; nil without any.
  public let others: Fidelity?
}
