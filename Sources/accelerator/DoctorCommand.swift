import Tensors
import CPU
import Video
import Zoo
import ArgumentParser
import Foundation
import VideoAccelerator

/// `accelerator doctor`.
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what this machine supports, what is in use and what is missing.")

  @Option(help: "Output format.")
  var format = OutputFormat.text

  func run() throws {
    let cache = try ModelCache()
    let pulled = try ZooRegistry.entries.filter { try cache.record(for: $0) != nil }.map(\.name)
    var missing: [String] = []
    let ffmpeg = FFmpegSupport.version
    if ffmpeg == nil { missing.append("FFmpeg: this build has none, so video files cannot be read") }
    if ffmpeg != nil, !FFmpegSupport.encodesH264 {
      missing.append("an H.264 encoder (libx264) in FFmpeg: videos can be read but not written")
    }
    for model in BundledModel.all where !model.isInstalled { missing.append("a bundled model: \(model.missing)") }
    if pulled.isEmpty { missing.append("Kinetics-400 weights: run 'accelerator zoo pull x3d_xs'") }
    let facts: [(String, JSON)] = [
      ("version", .string(Accelerator.configuration.version)), ("cpu", .string(Processor.name)),
      ("cores", JSON(ThreadCount.cores)),
      ("isa", .string(try ISA.preferred().rawValue)),
      ("isas_available", .array(ISA.available.map { .string($0.rawValue) })),
      ("ffmpeg", ffmpeg.map { .string($0) } ?? .null), ("streams", JSON(FFmpegSupport.streamProtocols)),
      ("cameras", .bool(FFmpegSupport.readsCameras)), ("cache", .string(cache.folder)),
      ("bundled_models", JSON(BundledModel.all.filter(\.isInstalled).map(\.name))), ("pulled_models", JSON(pulled)),
      ("missing", JSON(missing)),
    ]
    switch format {
    case .json: try Terminal.result(JSON.object(JSONObject(facts)).text(pretty: true))
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
      try Terminal.result(table.text)
      for item in missing { try Terminal.result("missing: \(item)") }
    }
  }
}
