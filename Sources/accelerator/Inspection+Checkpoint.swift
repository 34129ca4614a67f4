import Tensors
import Formats
import Zoo
import VideoAccelerator

extension Inspection {
  /// Returns the contents of a checkpoint, and the model that its weights fit.
  static func checkpoint(_ checkpoint: Checkpoint) throws -> Inspection {
    let entries = checkpoint.stateDicts.flatMap { stateDict in
      stateDict.entries.map { (stateDict.key.isEmpty ? $0.name : "\(stateDict.key).\($0.name)", $0) }
    }
    let fits = try checkpoint.modelFits()
    var table = TextTable()
    for (name, entry) in entries { table.add([name.printable, "\(entry.elementType)\(entry.shape)"]) }
    let numbers = entries.reduce(0) { sum, entry in
      entry.1.shape.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue } &+ sum
    }
    let keys = checkpoint.stateDicts.map(\.key).filter { !$0.isEmpty }
    var facts: [(String, JSON)] = [
      ("kind", "checkpoint"), ("form", .string("\(checkpoint.format)")), ("tensors", JSON(entries.count)),
      ("numbers", JSON(numbers)),
    ]
    if !keys.isEmpty { facts.append(("keys", JSON(keys))) }
    facts.append(("fits", .array(fits.filter { $0.mismatch == nil }.map(\.json))))
    if let nearest = fits.first, nearest.mismatch != nil { facts.append(("nearest", nearest.json)) }
    if !checkpoint.otherKeys.isEmpty { facts.append(("not_read", JSON(checkpoint.otherKeys))) }
    if checkpoint.unnamedTensors.count > 0 {
      facts.append(("unnamed_tensors", JSON(checkpoint.unnamedTensors.count)))
    }
    if !checkpoint.skippedClasses.isEmpty { facts.append(("skipped_classes", JSON(checkpoint.skippedClasses))) }
    if !checkpoint.metadata.isEmpty {
      let strings = checkpoint.metadata.sorted { $0.key < $1.key }
      facts.append(("metadata", .object(JSONObject(strings.map { ($0.key, .string($0.value)) }))))
    }
    return Inspection(
      facts: facts,
      text: ["fits": fits.isEmpty ? ModelFit.none : fits.map(\.text).joined(separator: "; "), "nearest": ""],
      details: table.text,
      list: (
        "list",
        .array(
          entries.map {
            ["name": .string($0.0), "type": .string($0.1.elementType.rawValue), "shape": JSON($0.1.shape)]
          })
      ),
      verboseDetails: fits.first?.mismatch?.details ?? [])
  }
}

extension ModelFit {
  fileprivate static let none =
    "none: another architecture; supported: \(Architecture.names.joined(separator: ", "))"

  /// The fit as `{"models": […], "classes": 400, "key": "model_state"}`, with the differences.
  fileprivate var json: JSON {
    var object = JSONObject([
      ("models", JSON(models)), ("classes", JSON(classCount)), ("key", .string(key)),
      ("naming", naming.map { .string($0) } ?? .null), ("extra", JSON(ignored)),
    ])
    if let mismatch {
      object["missing"] = JSON(mismatch.missing + mismatch.notTensors.map(\.name))
      object["unexpected"] = JSON(mismatch.unexpected)
      object["another_shape"] = JSON(mismatch.misshapen.map(\.name))
      object["other_architecture"] = .bool(mismatch.isForeign)
    }
    return .object(object)
  }

  /// The fit as `x3d_xs, x3d_s or x3d_m, 400 classes (key "model_state", SlowFast's names; 2 more tensors, first:
  /// "criterion.weight")`.
  fileprivate var text: String {
    var remarks: [String] = []
    if key != "." { remarks.append("key \(key.printable)") }
    if let naming { remarks.append("\(naming)'s names") }
    if let first = ignored.first {
      remarks.append("\(ignored.count) tensors beside the model, first: \(first.printable)")
    }
    let models = models.joined(separator: ", ")
    guard let mismatch else {
      return "\(models): \(classCount) classes\(remarks.isEmpty ? "" : " (\(remarks.joined(separator: "; ")))")"
    }
    if mismatch.isForeign { return Self.none }
    let differences = [
      (mismatch.missing + mismatch.notTensors.map(\.name), "missing"), (mismatch.unexpected, "unexpected"),
      (mismatch.misshapen.map(\.name), "of another shape"), (mismatch.mistyped.map(\.name), "not floating-point"),
    ].compactMap { names, what in
      names.first.map { "\(names.count) \(what), first: \($0.printable)" }
    }
    return "none: nearest is \(models), but \((differences + remarks).joined(separator: "; "))"
  }
}
