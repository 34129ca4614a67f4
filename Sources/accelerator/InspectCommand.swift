import Tensors
import Video
import Formats
import ArgumentParser
import Foundation
import VideoAccelerator

/// `accelerator inspect`.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what is in a model, checkpoint, array or video file.",
    usage: "accelerator inspect <file> [<options>]",
    discussion: """
      EXAMPLES:
        accelerator inspect x3d_xs
        accelerator inspect X3D_XS.pyth
        accelerator inspect x3d_xs.accel --summary --input-shape 1x3x8x182x182
        accelerator inspect clip.mp4 --format json
      """)

  @Argument(help: "A model name, a model folder or a file.", completion: .file())
  var file: String

  @OptionGroup var shapeOption: InputShapeOption

  @Flag(help: "Do not list operations or tensors.")
  var summary = false

  @Flag(help: "Print all tensors by which a checkpoint differs from the nearest model.")
  var verbose = false

  @Option(help: "Output format.")
  var format = OutputFormat.text

  func run() throws {
    let found = try Inspection.of(file, shapeOption)
    if !shapeOption.inputShape.isEmpty, found.blocks == nil {
      throw UsageError("\(file) is not a model: --input-shape is for models")
    }
    switch format {
    case .text:
      var table = TextTable()
      for (key, value) in found.facts where found.text[key] != "" {
        table.add([key, found.text[key] ?? value.plainText])
      }
      try Terminal.result(table.text)
      if verbose, !found.verboseDetails.isEmpty {
        try Terminal.result("\n\(found.verboseDetails.joined(separator: "\n"))")
      }
      if let blocks = found.blocks { try Terminal.result("\n\(blocks.text)") }
      if !summary, !found.details.isEmpty { try Terminal.result("\n\(found.details)") }
    case .json:
      var object = JSONObject(found.facts.map { ($0.0, $0.1) })
      if let blocks = found.blocks { object["blocks"] = blocks.json }
      if !summary, let list = found.list { object[list.key] = list.value }
      try Terminal.result(JSON.object(object).text(pretty: true))
    }
  }
}

/// The contents of a file: facts first, then a model's blocks, then a long list.
struct Inspection {
  var facts: [(String, JSON)]
  /// The text to print in place of a fact's JSON.
  var text: [String: String] = [:]
  var blocks: BlockTable?
  var details = ""
  var list: (key: String, value: JSON)?
  /// The details that are printed only with `--verbose`.
  var verboseDetails: [String] = []

  /// Returns the inspection of a name or path; files are recognized by their contents. Multiply-adds are counted for the given
  /// shapes, or those of the model's own clips.
  static func of(_ given: String, _ shapes: InputShapeOption) throws -> Inspection {
    let name = ModelRequest.accelPath(of: given)
    if FileSystem.isFolder(name) || ModelRequest.names.contains(name) && !FileSystem.exists(name) {
      let (architecture, inputs) = try ModelRequest(name).network()
      return try model(name, architecture, own: architecture.inputShapes ?? inputs?.shapes ?? [], shapes)
    }
    let file = try MappedFile(path: name)
    if file.hasBytes([0x93] + Array("NUMPY".utf8)) {
      let tensor = try NumPyFile.read(name)
      return Inspection(facts: [
        ("kind", "NumPy array"), ("type", .string(tensor.elementType.rawValue)), ("shape", JSON(tensor.shape)),
      ])
    }
    if Model.matches(file) { return try deployable(Model(file), shapes) }
    if ONNXImport.matches(file) { return try deployable(Model(name), shapes) }
    do {
      return try checkpoint(try Checkpoint.load(name))
    } catch CheckpointError.notACheckpoint(_, let found) {
      do {
        return try video(VideoReader(path: name, threads: 1))
      } catch VideoError.notAVideo {
        throw FileError(path: name, reason: "is \(found): neither a model, a checkpoint, an array nor a video")
      }
    }
  }

  private static func model(
    _ name: String, _ architecture: Architecture, own: [[Int]], _ given: InputShapeOption
  ) throws -> Inspection {
    let graph = try architecture.graph()
    let shapes = try given.shapes(for: graph, own: own, of: name)
    let blocks = BlockTable(blocks: try graph.specialized(to: shapes).blocks())
    return Inspection(
      facts: [
        ("kind", "model"), ("name", .string(name)), ("classes", JSON(architecture.classCount)),
        ("parameters", JSON(graph.weightCount)), ("input_shape", JSON(shapes[0])),
        ("input_shapes", .array(shapes.map { JSON($0) })),
        ("gmacs", .rounded(Double(blocks.multiplyAdds ?? 0) / 1e9)),
      ],
      blocks: blocks, details: graph.description, list: ("graph", try graph.encoded()))
  }

  private static func deployable(_ file: Model, _ given: InputShapeOption) throws -> Inspection {
    let isKnown = !given.inputShape.isEmpty || file.clipShapes != nil
    let graph = isKnown ? try file.graph.specialized(to: given.shapes(for: file)) : file.graph
    let target = file.target.map { [("target", JSON.string($0))] } ?? []
    let timing =
      file.stepTiming.map { [("receptive_field", JSON($0.receptiveField)), ("delay", JSON($0.delay))] } ?? []
    return Inspection(
      facts: [
        ("kind", file.isDeployable ? "deployable model" : "model"), ("name", .string(file.name)),
        ("source", .string(file.provenance.source)),
      ] + target + [
        ("precision", .string(file.precision.rawValue)), ("classes", JSON(file.labels.count)),
        ("parameters", JSON(file.graph.weightCount)), ("preprocessing", file.preprocessing),
        ("inputs", .array(file.graph.inputTypes.map { .string("\($0.name): \($0.type)") })),
      ] + timing,
      blocks: BlockTable(blocks: graph.blocks()),
      details: file.graph.description, list: ("graph", try file.graph.encoded()))
  }

  /// The number of pixels, about half a minute of 640x360, up to which a video is decoded completely to know its
  /// contents.
  private static let decodedPixels = 200_000_000

  private static func video(_ reader: VideoReader) throws -> Inspection {
    if reader.info.frameCount * reader.info.width * reader.info.height <= decodedPixels {
      try reader.decodeAll()
    }
    // At least its first and last frames show its duration.
    try reader.withTimeline { try reader.decodeFrames(Set([0, max(0, $0.count - 1)]).sorted()) { _, _ in } }
    if let damage = reader.damage { Terminal.warning("\(damage)") }
    let info = reader.info
    var facts: [(String, JSON)] = [
      ("kind", "video"), ("container", .string(info.container)), ("codec", .string(info.codec)),
      ("pixel_format", .string(info.pixelFormat)), ("width", JSON(info.width)), ("height", JSON(info.height)),
      ("rotation", JSON(info.rotation)), ("frame_rate", .rounded(info.averageFrameRate)),
      ("duration_s", .rounded(info.duration)), ("frames", JSON(info.frameCount)),
      ("has_audio", .bool(info.hasAudio)),
    ]
    if let damage = reader.damage { facts.append(("damage", .string("\(damage)"))) }
    return Inspection(facts: facts)
  }
}

extension JSON {
  /// The text without quotes around a string, and safe to print.
  var plainText: String {
    switch self {
    case .string(let text): text.printable
    case .array(let elements): elements.map(\.plainText).joined(separator: " ")
    default: text()
    }
  }
}
