import ArgumentParser
import Foundation
import VideoAccelerator

/// `accelerator zoo`.
struct Zoo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists, describes and downloads models with trained weights.",
    discussion: """
      Examples:
        accelerator zoo list
        accelerator zoo show x3d_s
        accelerator zoo pull x3d_s
      """,
    subcommands: [List.self, Show.self, Pull.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the models.")

    @Option(help: "How to print results.")
    var format = OutputFormat.text

    func run() throws {
      let cache = ModelCache.standard
      switch format {
      case .json: print(JSON.array(try ZooRegistry.entries.map { try $0.json(cache) }).text(pretty: true))
      case .text:
        var table = TextTable(["NAME", "FRAMES", "CROP", "TOP-1", "TOP-5", "PULLED"])
        for entry in ZooRegistry.entries {
          table.add([
            entry.name, "\(entry.recipe.frameCount)×\(entry.recipe.samplingRate)", "\(entry.recipe.cropSize)",
            entry.top1.map { $0.fixed(1) } ?? "-", entry.top5.map { $0.fixed(1) } ?? "-",
            cache.isPulled(entry) ? "yes" : "no",
          ])
        }
        print(table.text)
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Describes a model.")

    @Argument(help: "The model's name.", completion: .list(ZooRegistry.entries.map(\.name)))
    var name: String

    @Option(help: "How to print results.")
    var format = OutputFormat.text

    func run() throws {
      let json = try ZooRegistry.required(name).json(.standard)
      guard format == .text, case .object(let object) = json else {
        print(json.text(pretty: true))
        return
      }
      var table = TextTable()
      for (key, value) in object {
        if case .string(let text) = value { table.add([key, text]) } else { table.add([key, value.text()]) }
      }
      print(table.text)
    }
  }

  struct Pull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Downloads a model's weights, or resumes a download; later uses need no network.")

    @Argument(help: "The model's name.", completion: .list(ZooRegistry.entries.map(\.name)))
    var name: String

    @Flag(help: "Download again what is there already.")
    var force = false

    @Option(help: ArgumentHelp("What the file's SHA-256 must be.", valueName: "hex"))
    var sha256: String?

    func run() async throws {
      let entry = try ZooRegistry.required(name)
      let path = try await ModelCache.standard.pull(entry, expectedSHA256: sha256, force: force) { received, total in
        let share = total.map { " of \($0.byteText) (\(100 * received / max($0, 1)) %)" } ?? ""
        Terminal.progress("\(entry.name)  \(received.byteText)\(share)")
      }
      Terminal.endProgress()
      print(path)
    }
  }
}

extension ZooEntry {
  /// What is known of the model.
  fileprivate func json(_ cache: ModelCache) throws -> JSON {
    var object: JSONObject = [
      "name": .string(name), "url": .string(url.absoluteString), "license": .string(license),
      "dataset": "Kinetics-400", "classes": JSON(Kinetics400.labels.count), "preprocessing": recipe.encoded,
      "pulled": .bool(cache.isPulled(self)),
    ]
    if let byteCount { object["bytes"] = JSON(byteCount) }
    if let top1 { object["top1"] = .number(top1) }
    if let top5 { object["top5"] = .number(top5) }
    return .object(object)
  }
}
