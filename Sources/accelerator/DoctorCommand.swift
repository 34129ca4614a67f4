import ArgumentParser
import Foundation
import VideoAccelerator

/// `accelerator doctor`.
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says what this machine has, what would be used, and what is missing.")

  @Option(help: "How to print results.")
  var format = OutputFormat.text

  func run() throws {
    let cache = try ModelCache()
    let pulled = try ZooRegistry.entries.filter { try cache.record(for: $0) != nil }.map(\.name)
    var missing: [String] = []
    let ffmpeg = FFmpegSupport.version
    if ffmpeg == nil { missing.append("FFmpeg: the package was built without it, so video files cannot be read") }
    if ffmpeg != nil, !FFmpegSupport.encodesH264 {
      missing.append("an H.264 encoder (libx264) in FFmpeg: videos can be read, not written")
    }
    if pulled.isEmpty { missing.append("Kinetics weights: run 'accelerator zoo pull x3d_xs'") }
    let facts: [(String, JSON)] = [
      ("version", .string(Accelerator.configuration.version)), ("cpu", .string(Processor.name)),
      ("cores", JSON(ProcessInfo.processInfo.activeProcessorCount)),
      ("isa", .string(try ISA.preferred().rawValue)),
      ("isas_available", .array(ISA.available.map { .string($0.rawValue) })),
      ("ffmpeg", ffmpeg.map { .string($0) } ?? .null), ("cache", .string(cache.folder)),
      ("pulled_models", JSON(pulled)), ("missing", JSON(missing)),
    ]
    switch format {
    case .json: print(JSON.object(JSONObject(facts)).text(pretty: true))
    case .text:
      var table = TextTable()
      for (key, value) in facts where key != "missing" {
        if case .string(let text) = value {
          table.add([key, text])
        } else if case .array(let elements) = value {
          table.add([key, elements.isEmpty ? "none" : elements.map { $0.plainText }.joined(separator: " ")])
        } else {
          table.add([key, value.text()])
        }
      }
      print(table.text)
      for item in missing { print("missing: \(item)") }
    }
  }
}
