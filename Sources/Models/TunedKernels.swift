import CPU
import IR
import Tensors

/// For what a tuning holds: another processor, shape or number of threads has other winners.
public struct TunedSetting: Sendable, Equatable {
  /// The processor's name, as `Processor.name`.
  public var processor: String
  /// The instructions of the kernels.
  public var isa: ISA
  /// The number format.
  public var precision: Precision
  /// The shapes of the inputs.
  public var inputShapes: [[Int]]
  /// How many threads ran the model.
  public var threads: Int

  /// A setting; that of this processor unless said otherwise.
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

/// The kernels that tuning chose, by what they were chosen for: the `tuning` of an `.accel` file.
public struct TunedKernels: Sendable, Equatable {
  /// The choices for one setting.
  public struct Entry: Sendable, Equatable {
    /// For what they hold.
    public let setting: TunedSetting
    /// What a plan chooses.
    public let choices: KernelChoices
  }

  /// All that is known.
  public private(set) var entries: [Entry] = []

  /// Nothing known.
  public init() {}

  /// The choices for a setting. Those for another number of threads are better than none; those for another processor or
  /// shape are not.
  public func choices(for setting: TunedSetting) -> KernelChoices? {
    let fitting = entries.filter { entry in
      var other = entry.setting
      other.threads = setting.threads
      return other == setting
    }
    return (fitting.first { $0.setting.threads == setting.threads } ?? fitting.first)?.choices
  }

  /// Adds the choices for a setting, in the place of what was known for it.
  public mutating func set(_ choices: KernelChoices, for setting: TunedSetting) {
    entries.removeAll { $0.setting == setting }
    entries.append(Entry(setting: setting, choices: choices))
  }
}

extension TunedKernels {
  /// The tuning of an `.accel` file; null means that nothing is known.
  ///
  /// Entries for instruction sets that this version does not know are left out.
  ///
  /// - Throws: `FormatError` that names the key which is not what it should be.
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

  /// The tuning as an `.accel` file holds it.
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
