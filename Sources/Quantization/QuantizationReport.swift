import IR

/// What quantizing did to a network, and what it costs in precision.
public struct QuantizationReport: Sendable {
  /// A way to quantize that was tried.
  public struct Trial: Sendable {
    /// How ranges followed from what was seen.
    public let observer: Observer
    /// Whether ranges of channels were made alike.
    public let isEqualized: Bool
    /// The signal-to-noise ratio of the results, in dB.
    public let decibels: Double
  }

  /// How the way to quantize was chosen.
  public struct Attempts: Sendable {
    /// How ranges follow from what was seen.
    public let observer: Observer
    /// Whether ranges of channels were made alike between layers.
    public let isEqualized: Bool
    /// What was tried to choose these; empty if there was no choice.
    public let trials: [Trial]
  }

  /// Which layers an accuracy budget keeps in floating point.
  public struct Mixed: Sendable {
    /// One of them.
    public struct Layer: Sendable {
      /// The layer's path.
      public let path: String
      /// Its operation.
      public let operation: String
      /// The name of its result in the graph.
      public let value: String
      /// The signal-to-noise ratio of the results on clips of calibration if it were in integers too, in dB.
      public let decibelsWithout: Double
      /// How much longer a run takes for it, in milliseconds; nil if that was not measured, or is within the noise of
      /// measurement.
      public let milliseconds: Double?
    }

    /// What was asked for.
    public let budget: AccuracyBudget
    /// The layers, in the order in which they are computed; none if all in integers is within the budget.
    public let layers: [Layer]
    /// Whether the search ended by its time limit: fewer layers may be enough.
    public let endedEarly: Bool
  }

  /// A value that is integers now.
  public struct Value: Sendable {
    /// Its name in the graph.
    public let name: String
    /// The layer that computes it.
    public let layer: String
    /// How it stands for real numbers.
    public let form: QuantizationTable.Form
    /// Its signal-to-noise ratio on calibration clips, in dB, with all that came before it in integers.
    public let calibrationDecibels: Double
    /// The same on other clips; nil if there were none.
    public let otherDecibels: Double?
  }

  /// A layer that computes in floating point.
  public struct FloatLayer: Sendable {
    /// The layer's path.
    public let path: String
    /// Its operation.
    public let operation: String
    /// Why.
    public let reason: String
  }

  /// How many clips calibration learned from.
  public let calibrationClips: Int
  /// How the way to quantize was chosen.
  public let attempts: Attempts
  /// Whether biases make up for what rounding does to means.
  public let correctsBias: Bool
  /// How large the integers of weights get.
  public let weightRange: WeightRange
  /// The values that are integers, in the order in which they are computed.
  public let values: [Value]
  /// What an accuracy budget keeps in floating point; nil without one.
  public let mixed: Mixed?
  /// The other layers in floating point.
  public let floatLayers: [FloatLayer]
  /// How long a run takes on this machine; nil if that was not measured.
  public let latencies: PrecisionLatencies?
  /// The results on clips of calibration.
  public let calibration: Fidelity
  /// The results on other clips; nil if there were none.
  public let others: Fidelity?
}
