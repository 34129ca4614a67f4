import Passes
import Tensors

extension QuantizationReport {
  /// How the model was quantized, how close its results are and how long a run takes, in a few lines.
  public var headline: [String] {
    var ways = [attempts.observer.rawValue]
    if attempts.isEqualized { ways.append("equalization") }
    if weightRange != .full { ways.append("weights in \(weightRange.bits) bits") }
    if correctsBias { ways.append("bias correction") }
    let clips = calibrationClips == 1 ? "1 clip" : "\(calibrationClips) clips"
    var lines = ["calibrated on \(clips) (\(ways.joined(separator: ", ")))"]
    // On the clips that ranges are made from, any model looks better than it is.
    if let others {
      lines.append("on \(others.clips) held-out \(others.clips == 1 ? "clip" : "clips"): \(Self.text(others))")
    } else {
      lines.append("on the calibration clips themselves, as none was held out: \(Self.text(calibration))")
    }
    if let mixed { lines.append(mixed.headline) }
    if let latencies { lines += latencies.headline }
    return lines
  }

  /// The report as text: the headline, then tables.
  public var text: String {
    var lines = headline
    if !attempts.trials.isEmpty {
      lines.append("\ntried")
      lines += TransmuterReport.table(
        attempts.trials.map {
          [$0.observer.rawValue, $0.isEqualized ? "equalized" : "", "\(Self.decimal($0.decibels)) dB"]
        })
    }
    if let mixed, !mixed.layers.isEmpty {
      lines.append("\nin floating point for the accuracy budget: SQNR without that, and what it takes")
      lines += TransmuterReport.table(
        mixed.layers.map { layer in
          [layer.path, layer.operation, "\(Self.decimal(layer.decibelsWithout)) dB"]
            + (latencies == nil ? [] : [layer.milliseconds.map { "\(Self.milliseconds($0)) ms" } ?? "within noise"])
        })
    }
    lines.append("\ninteger values")
    lines += TransmuterReport.table(
      values.map { value in
        let columns = [value.name, value.layer, value.formText, "\(Self.decimal(value.calibrationDecibels)) dB"]
        return columns + (value.otherDecibels.map { ["\(Self.decimal($0)) dB on held-out clips"] } ?? [])
      })
    if !floatLayers.isEmpty {
      lines.append("\nin floating point")
      lines += TransmuterReport.table(floatLayers.map { [$0.path, $0.operation, $0.reason] })
    }
    return lines.joined(separator: "\n")
  }

  /// The report as JSON.
  public var json: JSON {
    var object: JSONObject = [
      "calibration_clips": JSON(calibrationClips), "observer": .string(attempts.observer.rawValue),
      "equalised": .bool(attempts.isEqualized), "corrects_bias": .bool(correctsBias),
      "weight_bits": JSON(weightRange.bits),
      "trials": .array(
        attempts.trials.map {
          [
            "observer": .string($0.observer.rawValue), "equalised": .bool($0.isEqualized),
            "sqnr_db": .number($0.decibels),
          ]
        }),
      "calibration": Self.json(calibration),
    ]
    if let others { object["others"] = Self.json(others) }
    if let latencies { object["latency_ms"] = latencies.json }
    if let mixed { object["accuracy_budget"] = mixed.json }
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
    return "SQNR \(decimal(fidelity.decibels)) dB, top-1 agrees on \(agreeing)/\(fidelity.clips)"
  }

  /// Returns a number with one decimal.
  static func decimal(_ value: Double) -> String {
    let tenths = Int((abs(min(max(value, -1e15), 1e15)) * 10).rounded())
    return "\(value < 0 && tenths > 0 ? "-" : "")\(tenths / 10).\(tenths % 10)"
  }

  /// Returns a time with two decimals.
  static func milliseconds(_ value: Double) -> String {
    let hundredths = Int((abs(value) * 100).rounded())
    let decimals = hundredths % 100
    return "\(value < 0 && hundredths > 0 ? "-" : "")\(hundredths / 100).\(decimals < 10 ? "0" : "")\(decimals)"
  }
}

extension QuantizationReport.Value {
  /// The number of bits and the range of real numbers that they represent, as text.
  public var formText: String {
    switch form {
    case .byte(let quantization):
      let low = Float(-128 - Int(quantization.zeroPoint)) * quantization.scale
      let high = Float(127 - Int(quantization.zeroPoint)) * quantization.scale
      return "8 bits, \(QuantizationReport.decimal(Double(low))) to \(QuantizationReport.decimal(Double(high)))"
    case .word(let scale): return "16 bits, ±\(QuantizationReport.decimal(Double(scale) * 32767))"
    }
  }
}

extension QuantizationReport.Mixed {
  /// The number of layers in floating point and their reason, in a line.
  public var headline: String {
    let kept =
      switch layers.count {
      case 0: "met with all layers in int8"
      case 1: "1 layer stays in floating point"
      default: "\(layers.count) layers stay in floating point"
      }
    return "accuracy budget, \(budget): \(kept)" + (endedEarly ? " (time limit reached: fewer may be enough)" : "")
  }

  fileprivate var json: JSON {
    let asked: (String, JSON) =
      switch budget {
      case .decibels(let least): ("sqnr_db", .number(least))
      case .agreement(let least): ("top1_agreement", .number(least))
      }
    return .object(
      JSONObject([
        asked, ("ended_early", .bool(endedEarly)),
        (
          "layers",
          .array(
            layers.map { layer in
              [
                "path": .string(layer.path), "operation": .string(layer.operation), "value": .string(layer.value),
                "sqnr_db_without": .number(layer.decibelsWithout),
                "cost_ms": layer.milliseconds.map { .number($0) } ?? .null,
              ]
            })
        ),
      ]))
  }
}

extension PrecisionLatencies {
  /// The latencies, and a warning if integers are slower.
  public var headline: [String] {
    var times = ["int8 \(text(int8))"]
    if let wholeInt8 { times.append("all layers in int8 \(text(wholeInt8))") }
    if let fp16 { times.append("fp16 \(text(fp16))") }
    times.append("fp32 \(text(fp32))")
    let lines = ["latency on one thread of this machine (\(isa.rawValue)): \(times.joined(separator: ", "))"]
    return lines
      + (isSlowerThanFloatingPoint
        ? ["warning: int8 is slower than floating point on this machine"] : [])
  }

  private func text(_ milliseconds: Double) -> String { "\(QuantizationReport.milliseconds(milliseconds)) ms" }

  fileprivate var json: JSON {
    var object: JSONObject = [
      "processor": .string(processor), "isa": .string(isa.rawValue), "threads": 1,
      "input_shapes": .array(inputShapes.map { JSON($0) }), "int8": .number(int8),
    ]
    if let wholeInt8 { object["int8_all_layers"] = .number(wholeInt8) }
    if let fp16 { object["fp16"] = .number(fp16) }
    object["fp32"] = .number(fp32)
    object["is_slower_than_floating_point"] = .bool(isSlowerThanFloatingPoint)
    return .object(object)
  }
}
