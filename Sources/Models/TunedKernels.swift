import CPU
import IR
import Tensors

/// The setting that a tuning is valid for: the fastest kernels depend on the processor, the shapes and the number of
/// threads.
public struct TunedSetting: Sendable, Equatable {
  /// The name of the processor, as in `Processor.name`.
  public var processor: String
  /// The instruction set of the kernels.
  public var isa: ISA
  /// The precision.
  public var precision: Precision
  /// The shapes of the inputs.
  public var inputShapes: [[Int]]
  /// The number of threads that ran the model.
  public var threads: Int

  /// Creates a setting.
  ///
  /// - Parameters:
  ///   - processor: The name of the processor; this one by default.
  ///   - isa: The instruction set of the kernels.
  ///   - precision: The precision.
  ///   - inputShapes: The shapes of the inputs.
  ///   - threads: The number of threads that run the model.
  public init(
    processor: String = Processor.name, isa: ISA, precision: Precision, inputShapes: [[Int]], threads: Int = 1
  ) {
    self.processor = processor
    self.isa = isa
    self.precision = precision
    self.inputShapes = inputShapes
    self.threads = threads
  }
}

/// The kernels that tuning chose, by setting: the `tuning` of an `.accel` file.
public struct TunedKernels: Sendable, Equatable {
  /// The choices for one setting.
  public struct Entry: Sendable, Equatable {
    /// The setting that they are valid for.
    public let setting: TunedSetting
    /// The choices of kernels.
    public let choices: KernelChoices
  }

  /// The choices for all settings.
  public private(set) var entries: [Entry] = []

  /// Creates a tuning without choices.
  public init() {}

  /// Returns the choices for a setting, or those for another number of threads; nil if there are none.
  public func choices(for setting: TunedSetting) -> KernelChoices? {
    let fitting = entries.filter { entry in
      var other = entry.setting
      other.threads = setting.threads
      return other == setting
    }
    return (fitting.first { $0.setting.threads == setting.threads } ?? fitting.first)?.choices
  }

  /// Sets the choices for a setting.
  public mutating func set(_ choices: KernelChoices, for setting: TunedSetting) {
    entries.removeAll { $0.setting == setting }
    entries.append(Entry(setting: setting, choices: choices))
  }
}

extension TunedKernels {
  /// Reads the tuning of an `.accel` file; null is one without choices.
  ///
  /// Entries for instruction sets that this version does not know are ignored.
  ///
  /// - Throws: `FormatError` that names the key whose value is not valid.
  public init(decoding field: JSONField) throws(FormatError) {
    guard field.json != .null else { return }
    for element in try field.elements() {
      let name = try element.required("isa").string(), precision = try element.required("precision").string()
      var shapes: [[Int]] = []
      for shape in try element.required("input_shapes").elements() { shapes.append(try shape.ints()) }
      var layers: [String: KernelChoices.Layer] = [:]
      for (path, layer) in try element.required("layers").entries() {
        let panelVectors = try layer.optional("panel_vectors")
        let count = try panelVectors?.int()
        if let panelVectors, let count, !KernelChoices.panelVectors.contains(count) {
          throw panelVectors.error(
            "must be \(KernelChoices.panelVectors.lowerBound) to \(KernelChoices.panelVectors.upperBound)")
        }
        layers[path] = .init(panelVectors: count, fusesRows: try layer.optional("fuses_rows")?.bool())
      }
      guard let isa = ISA(rawValue: name), let precision = Precision(rawValue: precision) else { continue }
      set(
        KernelChoices(layers: layers),
        for: TunedSetting(
          processor: try element.required("processor").string(), isa: isa, precision: precision, inputShapes: shapes,
          threads: try element.required("threads").int()))
    }
  }

  /// The tuning as an `.accel` file contains it.
  public var encoded: JSON {
    .array(
      entries.map { entry in
        let layers = entry.choices.layers.sorted { $0.key < $1.key }.map { path, layer in
          var object = JSONObject()
          object["panel_vectors"] = layer.panelVectors.map { JSON($0) }
          object["fuses_rows"] = layer.fusesRows.map { .bool($0) }
          return (path, JSON.object(object))
        }
        return [
          "processor": .string(entry.setting.processor), "isa": .string(entry.setting.isa.rawValue),
          "precision": .string(entry.setting.precision.rawValue), "threads": JSON(entry.setting.threads),
          "input_shapes": .array(entry.setting.inputShapes.map { JSON($0) }),
          "layers": .object(JSONObject(layers)),
        ]
      })
  }
}
