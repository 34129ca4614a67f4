import Tensors
import Training
import Zoo
import ArgumentParser
import Foundation
import VideoAccelerator

/// The options of a `finetune` run as its folder stores them, so that `--resume` needs no others.
enum FinetuneOptions {
  /// Whether an option may be changed with `--resume`.
  private enum Change {
    /// It does not affect the result of the run.
    case free
    /// The checkpoint decides whether the run can continue with it.
    case checked
    case refused
  }

  private struct Entry {
    let name: String
    let change: Change
    let get: (Finetune) -> JSON?
    let set: (inout Finetune, JSON) -> Void
  }

  private static func entry<Value: SavedOption>(
    _ name: String, _ path: WritableKeyPath<Finetune, Value?>, _ change: Change = .refused
  ) -> Entry {
    Entry(name: name, change: change) {
      $0[keyPath: path]?.saved
    } set: {
      $0[keyPath: path] = Value(saved: $1)
    }
  }

  private static func flag(
    _ name: String, _ path: WritableKeyPath<Finetune, Bool>, _ change: Change = .refused
  ) -> Entry {
    Entry(name: name, change: change) {
      $0[keyPath: path] ? true : nil
    } set: {
      $0[keyPath: path] = $1 == true
    }
  }

  private static var shapes: Entry {
    Entry(name: "onnx-shape", change: .refused) {
      $0.modelOptions.onnxShape.isEmpty ? nil : JSON($0.modelOptions.onnxShape.map(\.argument))
    } set: { command, value in
      guard case .array(let texts) = value else { return }
      command.modelOptions.onnxShape = texts.compactMap { String(saved: $0).flatMap(NamedShape.init(argument:)) }
    }
  }

  private static var entries: [Entry] {
    [
      entry("model", \.modelOptions.requestedModel), entry("checkpoint", \.modelOptions.checkpoint),
      entry("classes", \.modelOptions.classes), entry("random-weights", \.modelOptions.randomWeights),
      entry("preprocessing", \.modelOptions.preprocessing), shapes, entry("head", \.head), entry("data", \.data),
      entry("validation", \.validation), entry("precision", \.precision),
      entry("target", \.target), entry("epochs", \.epochs, .checked), entry("batch-size", \.batchSize, .checked),
      entry("accumulate", \.accumulate, .checked), entry("optimizer", \.optimizer), entry("lr", \.lr),
      entry("warm-up", \.warmUp), entry("weight-decay", \.weightDecay), entry("label-smoothing", \.labelSmoothing),
      entry("mixup", \.mixup), flag("no-flip", \.noFlip), flag("center-crop", \.centerCrop), entry("freeze", \.freeze),
      entry("unfreeze-after", \.unfreezeAfter), entry("ema", \.ema), entry("patience", \.patience, .free),
      entry("crop-size", \.cropSize), entry("sampling-rate", \.samplingRate), entry("seed", \.seed),
      entry("threads", \.threads, .free), entry("loader-threads", \.loaderThreads, .free),
      entry("cache-mb", \.cacheMb, .free), flag("recompute-activations", \.recomputeActivations, .free),
    ]
  }

  private static func path(_ output: String) -> String { "\(output)/training/options.json" }

  /// Saves the options of a new run.
  static func save(_ command: Finetune, in output: String) throws {
    let command = command.withDefaults().withAbsolutePaths()
    let options = JSONObject(entries.compactMap { entry in entry.get(command).map { (entry.name, $0) } })
    try FileSystem.makeFolder("\(output)/training")
    let text = JSON.object(options).text(pretty: true) + "\n"
    try AtomicFile.write(to: path(output)) { try $0.append(Array(text.utf8)) }
  }

  /// Returns the options of the resumed run, with those that are given; unchanged if the run has saved none. Ranks take
  /// those of rank 0's folder.
  ///
  /// - Throws: `ModelRequestError` that names options which differ and cannot change in a run.
  static func resumed(
    _ command: Finetune, in output: String, ranks: (any RankGroup)? = nil
  ) throws -> Finetune {
    let path = path(output)
    let leads = ranks?.place.leads ?? true
    let own = leads && FileSystem.exists(path) ? try MappedFile.contents(ofFile: path) : []
    let bytes = try ranks?.broadcast(own) ?? own
    guard !bytes.isEmpty, case .object(let saved) = try JSON(parsing: bytes, path: path) else { return command }
    var command = command.withAbsolutePaths()
    var refused: [String] = []
    for entry in entries {
      let (old, given) = (saved[entry.name], entry.get(command))
      guard let given, given != old else {
        if let old { entry.set(&command, old) }
        continue
      }
      // The videos may have been moved.
      if entry.name == "data", case .string(let place) = old, !FileSystem.exists(place) { continue }
      if entry.change == .refused {
        refused.append("\(entry.name) \(old.map(text) ?? "none") → \(text(given))")
      }
    }
    guard refused.isEmpty else {
      throw ModelRequestError.request(
        "Options differ from the checkpoint: \(refused.joined(separator: ", ")). Resume without them, or start another run in "
          + "another folder")
    }
    return command
  }

  private static func text(_ value: JSON) -> String {
    if case .string(let text) = value { return text.printable }
    return value.text()
  }
}

/// The value of an option as JSON.
protocol SavedOption {
  var saved: JSON { get }
  init?(saved: JSON)
}

extension Int: SavedOption {
  var saved: JSON { JSON(self) }

  init?(saved: JSON) {
    guard case .integer(let value) = saved else { return nil }
    self.init(exactly: value)
  }
}

extension Double: SavedOption {
  var saved: JSON { .number(self) }

  init?(saved: JSON) {
    switch saved {
    case .integer(let value): self.init(value)
    case .number(let value): self = value
    default: return nil
    }
  }
}

extension Float: SavedOption {
  // As it is written, so that it is read back unchanged.
  var saved: JSON { .string("\(self)") }

  init?(saved: JSON) {
    guard case .string(let text) = saved else { return nil }
    self.init(text)
  }
}

extension UInt64: SavedOption {
  var saved: JSON { .string("\(self)") }

  init?(saved: JSON) {
    guard case .string(let text) = saved else { return nil }
    self.init(text)
  }
}

extension String: SavedOption {
  var saved: JSON { .string(self) }

  init?(saved: JSON) {
    guard case .string(let text) = saved else { return nil }
    self = text
  }
}

extension SavedOption where Self: RawRepresentable, RawValue == String {
  var saved: JSON { .string(rawValue) }

  init?(saved: JSON) {
    guard case .string(let text) = saved else { return nil }
    self.init(rawValue: text)
  }
}

extension Precision: SavedOption {}
extension Finetune.Freezing: SavedOption {}
extension Finetune.Rule: SavedOption {}
