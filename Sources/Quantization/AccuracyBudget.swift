/// The accuracy that an int8 model must keep; its worst layers stay in floating point for that.
public enum AccuracyBudget: Sendable, Equatable {
  /// The smallest signal-to-quantization-noise ratio of the results in dB, as in ``Fidelity/decibels``.
  case decibels(Double)
  /// The smallest share of clips with the same largest result, 0...1, as in ``Fidelity/top1Agreement``.
  case agreement(Double)

  /// Parses a budget: `20` or `20dB`, or `99%` for the share of clips; returns nil for any other text.
  public init?(_ text: String) {
    let text = text.filter { $0 != " " }
    func number(before unit: String) -> Double? {
      text.lowercased().hasSuffix(unit) ? Double(text.dropLast(unit.count)) : nil
    }
    if let percent = number(before: "%"), (0...100).contains(percent) {
      self = .agreement(percent / 100)
    } else if let decibels = number(before: "db") ?? Double(text), (-200...200).contains(decibels) {
      self = .decibels(decibels)
    } else {
      return nil
    }
  }

  /// Returns whether results are within the budget.
  func allows(_ fidelity: Fidelity) -> Bool {
    switch self {
    case .decibels(let least): fidelity.decibels >= least
    case .agreement(let least): fidelity.top1Agreement >= least
    }
  }
}

extension AccuracyBudget: CustomStringConvertible {
  /// The budget as in "at least 20.0 dB".
  public var description: String {
    switch self {
    case .decibels(let least): "at least \(QuantizationReport.decimal(least)) dB"
    case .agreement(let least): "top-1 agreement on at least \(QuantizationReport.decimal(least * 100)) % of the clips"
    }
  }
}
