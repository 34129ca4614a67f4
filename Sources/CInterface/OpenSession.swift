import CPU
import CVideoAccelerator
import IR
import Models
import Preprocessing
import Streams
import Tensors

/// A session that a program has opened, with the memory that it runs on.
final class OpenSession: OpenObject {
  static let name = "session"

  /// What was opened, whose texts the session's descriptions point to.
  let opened: OpenModel
  let session: Session
  /// A profile that waits for a buffer that is large enough.
  var profile: [UInt8]?
  private var inputs: [Tensor]
  /// How the inputs are made of one clip; nil if the session's shapes are others.
  private let clipInputs: ClipInputs?
  private var builder: ClipBuilder?
  private let output: ClassifierOutput

  init(_ opened: OpenModel, _ options: vacc_session_options) throws {
    self.opened = opened
    let model = try opened.running(in: options.precision)
    let shapes = try Self.shapes(for: model, options)
    session = try Session(model.plan(inputShapes: shapes), threads: options.threads == 0 ? 1 : Int(options.threads))
    inputs = zip(shapes, session.plan.inputElementTypes).map { Tensor(zeros: $0, elementType: $1) }
    clipInputs = model.clipInputs.flatMap { $0.shapes == shapes ? $0 : nil }
    output = ClassifierOutput(of: model)
  }

  /// The largest input in bytes; a larger one is taken for a mistake.
  private static let largestInput = 1 << 32

  private static func shapes(for model: Model, _ options: vacc_session_options) throws(InterfaceError) -> [[Int]] {
    let types = model.graph.inputTypes
    guard options.shape_count != 0 else {
      guard options.length_count == 0 else { throw .argument("there are lengths, but no shapes") }
      guard let shapes = model.clipShapes else {
        throw .unsupported("the shapes of \(model.name)'s inputs are not known: give one for each input")
      }
      return shapes
    }
    guard Int(options.shape_count) == types.count else {
      throw .argument("there are \(options.shape_count) shapes, but \(model.name) has \(types.count) inputs")
    }
    let ranks = types.map(\.type.rank)
    let lengthCount = ranks.reduce(0, +)
    guard options.length_count == lengthCount, let lengths = options.lengths else {
      throw .argument("there are \(options.length_count) lengths, but the inputs have \(lengthCount) dimensions")
    }
    var rest = UnsafeBufferPointer(start: lengths, count: lengthCount).map { Int(clamping: $0) }[...]
    var shapes: [[Int]] = []
    for (type, rank) in zip(types, ranks) {
      let shape = Array(rest.prefix(rank))
      rest = rest.dropFirst(rank)
      let byteCount = Tensor.byteCount(shape: shape, elementType: type.type.elementType)
      guard shape.allSatisfy({ $0 >= 1 }), let byteCount, byteCount <= largestInput else {
        throw .argument("an input cannot have the shape \(shape)")
      }
      shapes.append(shape)
    }
    return shapes
  }

  /// Runs the model on tensors in a caller's memory.
  func run(_ sources: [UnsafeRawBufferPointer], to targets: [UnsafeMutableRawBufferPointer]) throws {
    guard sources.count == inputs.count else {
      throw InterfaceError.argument("there are \(sources.count) inputs, but the model has \(inputs.count)")
    }
    try check(targets)
    for (number, source) in sources.enumerated() {
      guard source.count == inputs[number].byteCount else {
        throw InterfaceError.argument(
          "input \(number) has \(source.count) bytes, not the \(inputs[number].byteCount) of \(inputs[number])")
      }
      if inputs[number].elementType == .bool, source.contains(where: { $0 > 1 }) {
        throw InterfaceError.argument("input \(number) has bytes other than 0 and 1, but its elements are booleans")
      }
      inputs[number].withUnsafeMutableBytes { $0.copyMemory(from: source) }
    }
    copy(try session.run(inputs), to: targets)
  }

  /// Runs the model on a clip of pictures.
  func run(_ pictures: Pictures, to targets: [UnsafeMutableRawBufferPointer]) throws {
    try check(targets)
    copy(try run(pictures), to: targets)
  }

  /// Writes the probabilities of the classes of a clip.
  func classify(_ pictures: Pictures, to scores: UnsafeMutableBufferPointer<Float>) throws {
    let shape = session.plan.outputShapes.first ?? []
    guard shape.count == 2, shape[0] == 1, session.plan.outputElementTypes[0] == .float32 else {
      throw InterfaceError.unsupported(
        "\(opened.model.name) is not a classifier of one clip: its result has the shape \(shape), not [1, classes]")
    }
    guard shape[1] == scores.count else {
      throw InterfaceError.argument("there is memory for \(scores.count) classes, not \(shape[1])")
    }
    let values = try output.finite(output.probabilities(run(pictures)[0]).elements())
    _ = scores.update(fromContentsOf: values)
  }

  private func run(_ pictures: Pictures) throws -> [Tensor] {
    guard let clipInputs else {
      throw InterfaceError.unsupported("the session's inputs are not those of one clip of pictures: run it on tensors")
    }
    var builder = try builder ?? ClipBuilder(recipe: clipInputs.clip)
    let indices = TemporalSubsample.indices(available: pictures.count, count: clipInputs.clip.frameCount)
    for index in Set(indices).sorted() {
      try builder.place(Frame(pictures.picture(index)), at: indices.indices.filter { indices[$0] == index })
    }
    let clip = try builder.tensor()
    self.builder = builder
    return try session.run(clipInputs.tensors(of: clip))
  }

  /// Checks the memory for outputs.
  private func check(_ targets: [UnsafeMutableRawBufferPointer]) throws(InterfaceError) {
    let plan = session.plan
    guard targets.count == plan.outputShapes.count else {
      throw .argument("there is memory for \(targets.count) outputs, but the model has \(plan.outputShapes.count)")
    }
    for (number, target) in targets.enumerated() {
      let shape = plan.outputShapes[number]
      let byteCount = Tensor.byteCount(shape: shape, elementType: plan.outputElementTypes[number])
      guard target.count == byteCount else {
        throw .argument(
          "output \(number) has memory of \(target.count) bytes, not the \(byteCount ?? 0) of shape \(shape)")
      }
    }
  }

  private func copy(_ results: [Tensor], to targets: [UnsafeMutableRawBufferPointer]) {
    for (result, target) in zip(results, targets) { result.withUnsafeBytes { target.copyMemory(from: $0) } }
  }
}

extension OpenSession {
  private static let stateFormat = "video-accelerator session 1"

  private func requireStates() throws(InterfaceError) {
    guard !session.plan.states.isEmpty else { throw .unsupported("\(opened.model.name) has no states") }
  }

  /// Returns the states as a safetensors file.
  func saved() throws -> [UInt8] {
    try requireStates()
    let states = session.saveState().sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return try SafetensorsFile.bytes(of: NamedTensors(states), metadata: ["format": Self.stateFormat])
  }

  /// Continues from what ``saved()`` returned.
  func restore(_ bytes: [UInt8]) throws {
    try requireStates()
    let file = try SafetensorsFile(MappedFile(path: "the saved states", copying: bytes))
    guard file.metadata["format"] == Self.stateFormat else {
      throw InterfaceError.file("the bytes are not the saved states of a session")
    }
    try session.restoreState(Dictionary(file.tensors.map { ($0.name, $0.tensor) }) { first, _ in first })
  }

  /// Measures the steps on inputs of zeros; returns a JSON text with an end.
  func measured(runs: Int) throws -> [UInt8] {
    let zeros = zip(session.plan.inputShapes, session.plan.inputElementTypes).map { Tensor(zeros: $0, elementType: $1) }
    _ = try session.run(zeros)
    defer { session.reset() }
    let profile = try session.profile(zeros, runs: runs)
    let rounded = { (value: Double) in JSON.number((value * 1e4).rounded() / 1e4) }
    let rows = profile.rows.map { row -> JSON in
      [
        "kernel": .string(row.record.kernel), "layer": .string(row.record.path),
        "operations": JSON(row.record.parts.map(\.operation)), "ms": rounded(row.milliseconds),
        "multiply_adds": JSON(row.record.multiplyAdds), "bytes": JSON(row.record.bytes),
      ]
    }
    let json: JSON = [
      "model": .string(opened.model.name), "isa": .string(profile.isa.rawValue),
      "precision": .string(session.plan.precision.rawValue), "threads": JSON(profile.threads),
      "runs": JSON(profile.runs), "median_ms": rounded(profile.latencyMilliseconds),
      "min_ms": rounded(profile.fastestMilliseconds), "steps": .array(rows),
    ]
    return Array(json.text().utf8) + [0]
  }
}
