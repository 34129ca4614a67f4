import Graph
import Kernels
import Tensors

/// What quantising did to a network, and what it costs in precision.
public struct QuantizationReport: Sendable {
  /// A way to quantise that was tried.
  public struct Trial: Sendable {
    /// How ranges followed from what was seen.
    public let observer: Observer
    /// Whether ranges of channels were made alike.
    public let isEqualized: Bool
    /// The signal-to-noise ratio of the results, in dB.
    public let decibels: Double
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
  /// How ranges follow from what was seen.
  public let observer: Observer
  /// Whether ranges of channels were made alike between layers.
  public let isEqualized: Bool
  /// Whether biases make up for what rounding does to means.
  public let correctsBias: Bool
  /// What was tried to choose the observer and whether to equalise.
  public let trials: [Trial]
  /// The values that are integers, in the order in which they are computed.
  public let values: [Value]
  /// The layers in floating point.
  public let floatLayers: [FloatLayer]
  /// The results on clips of calibration.
  public let calibration: Fidelity
  /// The results on other clips; nil if there were none.
  public let others: Fidelity?
}

extension QuantizationReport {
  /// What was done and how near the results are, in two or three lines.
  public var headline: [String] {
    let ways = [observer.rawValue] + (isEqualized ? ["equalised"] : []) + (correctsBias ? ["biases corrected"] : [])
    let results = ["results on clips of calibration: \(Self.text(calibration))"]
    return ["int8 by \(calibrationClips) clips: \(ways.joined(separator: ", "))"] + results
      + (others.map { ["results on other clips: \(Self.text($0))"] } ?? [])
  }

  /// The report for people: the headline, then tables.
  public var text: String {
    var lines = headline
    if !trials.isEmpty {
      lines.append("\ntried")
      lines += TransmuterReport.table(
        trials.map {
          [$0.observer.rawValue, $0.isEqualized ? "equalised" : "", "\(Self.decimal($0.decibels)) dB"]
        })
    }
    lines.append("\nvalues in integers")
    lines += TransmuterReport.table(
      values.map { value in
        let columns = [value.name, value.layer, Self.text(value.form), "\(Self.decimal(value.calibrationDecibels)) dB"]
        return columns + (value.otherDecibels.map { ["\(Self.decimal($0)) dB on other clips"] } ?? [])
      })
    if !floatLayers.isEmpty {
      lines.append("\nin floating point")
      lines += TransmuterReport.table(floatLayers.map { [$0.path, $0.operation, $0.reason] })
    }
    return lines.joined(separator: "\n")
  }

  /// The report for programs.
  public var json: JSON {
    var object: JSONObject = [
      "calibration_clips": JSON(calibrationClips), "observer": .string(observer.rawValue),
      "equalised": .bool(isEqualized), "corrects_bias": .bool(correctsBias),
      "trials": .array(
        trials.map {
          [
            "observer": .string($0.observer.rawValue), "equalised": .bool($0.isEqualized),
            "sqnr_db": .number($0.decibels),
          ]
        }),
      "calibration": Self.json(calibration),
    ]
    if let others { object["others"] = Self.json(others) }
    object["values"] = .array(values.map(Self.json))
    object["floating_point"] = .array(
      floatLayers.map { ["path": .string($0.path), "operation": .string($0.operation), "reason": .string($0.reason)] })
    return .object(object)
  }

  private static func json(_ fidelity: Fidelity) -> JSON {
    [
      "clips": JSON(fidelity.clips), "sqnr_db": .number(fidelity.decibels),
      "top1_agreement": .number(fidelity.top1Agreement),
    ]
  }

  private static func json(_ value: Value) -> JSON {
    var object: JSONObject = [
      "name": .string(value.name), "layer": .string(value.layer), "scale": .number(Double(value.form.scale)),
    ]
    switch value.form {
    case .byte(let quantization):
      object["bits"] = 8
      object["zero_point"] = JSON(Int(quantization.zeroPoint))
    case .word: object["bits"] = 16
    }
    object["calibration_sqnr_db"] = .number(value.calibrationDecibels)
    if let decibels = value.otherDecibels { object["other_sqnr_db"] = .number(decibels) }
    return .object(object)
  }

  private static func text(_ fidelity: Fidelity) -> String {
    let agreeing = Int((fidelity.top1Agreement * Double(fidelity.clips)).rounded())
    return "\(decimal(fidelity.decibels)) dB, the same class for \(agreeing) of \(fidelity.clips)"
  }

  private static func text(_ form: QuantizationTable.Form) -> String {
    switch form {
    case .byte(let quantization):
      let low = Float(-128 - Int(quantization.zeroPoint)) * quantization.scale
      let high = Float(127 - Int(quantization.zeroPoint)) * quantization.scale
      return "8 bits, \(decimal(Double(low))) to \(decimal(Double(high)))"
    case .word(let scale): return "16 bits, ±\(decimal(Double(scale) * 32767))"
    }
  }

  /// A number with one decimal.
  private static func decimal(_ value: Double) -> String {
    let tenths = Int((abs(min(max(value, -1e15), 1e15)) * 10).rounded())
    return "\(value < 0 && tenths > 0 ? "-" : "")\(tenths / 10).\(tenths % 10)"
  }
}
