import Preprocessing
import Tensors

extension FrameClassifier {
  /// What saved states say that they are.
  private static let stateFormat = "video-accelerator stream 1"

  /// Returns all that later predictions depend on, and the counters, for ``restoreState(_:)`` in a classifier of the same model
  /// and options, such as one in another process: its predictions are the same to the last bit.
  ///
  /// - Returns: A safetensors file.
  /// - Throws: `FormatError` if the names of the model's states are too long for a file.
  public func saveState() throws -> [UInt8] {
    var tensors = NamedTensors()
    tensors["counters"] = Tensor(StreamCounters.fields.map { Int64(counters[keyPath: $0]) })
    tensors["last"] = Tensor([Int64(lastBest ?? -1), Int64(size?.width ?? 0), Int64(size?.height ?? 0)])
    grid.save(to: &tensors)
    smoothing.save(to: &tensors)
    runner.save(to: &tensors)
    return try SafetensorsFile.bytes(of: tensors, metadata: ["format": Self.stateFormat])
  }

  /// Continues from what a classifier has saved.
  ///
  /// - Parameter bytes: What ``saveState()`` returned.
  /// - Throws: `FormatError` or ``StreamError/state(_:)`` if the bytes are damaged; these or `StateError` if another model has
  ///   saved them. The classifier is then unchanged.
  public func restoreState(_ bytes: [UInt8]) throws {
    let file = try SafetensorsFile(MappedFile(path: "the stream's state", copying: bytes))
    guard file.metadata["format"] == Self.stateFormat else {
      throw StreamError.state("it was not saved by a stream of this version")
    }
    let saved = SavedTensors(tensors: file.tensors)
    var counters = StreamCounters()
    let counts = try saved.integers("counters", count: StreamCounters.fields.count)
    for (field, count) in zip(StreamCounters.fields, counts) { counters[keyPath: field] = count }
    let last = try saved.integers("last", count: 3, in: -1...(1 << 32))
    var (grid, smoothing) = (grid, smoothing)
    try grid.restore(from: saved)
    try smoothing.restore(from: saved, before: grid.time, classCount: classCount)
    guard last[0] < classCount else { throw StreamError.state("its class is none of the model's") }
    try runner.restore(from: saved)
    self.counters = counters
    self.grid = grid
    self.smoothing = smoothing
    lastBest = last[0] < 0 ? nil : last[0]
    size = last[1] > 0 ? Size(width: last[1], height: last[2]) : nil
  }
}

extension Tensor {
  fileprivate init(_ integers: [Int64]) { self.init(integers, shape: [integers.count]) }
  fileprivate init(_ numbers: [Double]) { self.init(numbers, shape: [numbers.count]) }
}

/// Reads tensors that may be missing or of any type and value.
private struct SavedTensors {
  let tensors: NamedTensors

  /// Returns whether there is a tensor with a name.
  func has(_ name: String) -> Bool { tensors[name] != nil }

  /// Returns the integers of a tensor, which must be in a range.
  func integers(_ name: String, count: Int, in range: ClosedRange<Int> = 0...(1 << 53)) throws(StreamError) -> [Int] {
    let values = try tensor(name, [count], .int64).elements(as: Int64.self).map(Int.init)
    guard values.allSatisfy(range.contains) else { throw .state("its '\(name)' is \(values)") }
    return values
  }

  /// Returns the numbers of a tensor, which must be finite.
  func numbers(_ name: String, count: Int) throws(StreamError) -> [Double] {
    let values = try tensor(name, [count], .float64).elements(as: Double.self)
    guard values.allSatisfy(\.isFinite) else { throw .state("its '\(name)' has NaN or infinity") }
    return values
  }

  /// Returns a tensor of a shape and type.
  func tensor(_ name: String, _ shape: [Int], _ type: ElementType) throws(StreamError) -> Tensor {
    guard let tensor = tensors[name] else { throw .state("it has no '\(name)'") }
    guard tensor.shape == shape, tensor.elementType == type else {
      throw .state("its '\(name)' is \(tensor), not \(type)\(shape)")
    }
    return tensor
  }
}

extension FrameGrid {
  fileprivate func save(to tensors: inout NamedTensors) {
    guard let position else { return }
    tensors["grid"] = Tensor([position.start, position.newest, position.spacing])
    tensors["place"] = Tensor([Int64(position.place)])
  }

  fileprivate mutating func restore(from saved: SavedTensors) throws(StreamError) {
    position = nil
    guard saved.has("grid") else { return }
    let times = try saved.numbers("grid", count: 3)
    let place = try saved.integers("place", count: 1)[0]
    // Frames may have been skipped since, for as long as a gap lasts.
    let elapsed = times[1] - times[0]
    guard times[2] > 0, elapsed >= 0, abs(elapsed / interval - Double(place)) <= 2 else {
      throw .state("its times are not those of frames every \(interval) s")
    }
    position = Position(start: times[0], place: place, newest: times[1], spacing: times[2])
  }
}

extension ScoreSmoothing {
  fileprivate func save(to tensors: inout NamedTensors) {
    guard let past else { return }
    tensors["sums"] = Tensor(past.sums)
    tensors["scores"] = Tensor([past.weight, past.time, past.since])
    tensors["best"] = Tensor([Int64(past.best)])
  }

  /// - Parameter now: The time of the newest scores at most; nil before the first frame.
  fileprivate mutating func restore(
    from saved: SavedTensors, before now: Double?, classCount: Int
  ) throws(StreamError) {
    past = nil
    guard saved.has("scores") else { return }
    let sums = try saved.numbers("sums", count: classCount)
    let values = try saved.numbers("scores", count: 3)
    let best = try saved.integers("best", count: 1)[0]
    guard let now, values[0] >= 1, values[0] <= 1e12, values[1] <= now, values[2] <= values[1], best < classCount,
      sums.allSatisfy({ $0 >= 0 && $0 <= 2 * values[0] })
    else { throw .state("its scores are not those of a stream") }
    past = Past(sums: sums, weight: values[0], time: values[1], best: best, since: values[2])
  }
}

extension ClipRunner {
  private static let prefix = "state/"

  fileprivate func save(to tensors: inout NamedTensors) {
    tensors["run"] = Tensor([Int64(missing), Int64(runs)])
    if !frames.isEmpty { tensors["frames"] = Tensor.joiningFrames(frames) }
    for (name, state) in session.saveState().sorted(by: { $0.key < $1.key }) { tensors[Self.prefix + name] = state }
  }

  /// Restores the session last, so that nothing has changed if something is thrown.
  fileprivate mutating func restore(from saved: SavedTensors) throws {
    let clip = inputs.clip
    let counts = try saved.integers("run", count: 2)
    var frames: [Tensor] = []
    if saved.has("frames") {
      let count = min(saved.tensors["frames"]?.shape.dropFirst(2).first ?? 0, clip.frameCount)
      let all = try saved.tensor("frames", [1, 3, count, clip.cropSize, clip.cropSize], .float32)
      guard all.elements(as: Float.self).allSatisfy(\.isFinite) else {
        throw StreamError.state("its frames have NaN or infinity")
      }
      frames = (0..<count).map { all.selectingFrames([$0]) }
    }
    guard counts[0] >= max(1, clip.frameCount - frames.count), counts[0] <= max(stride, clip.frameCount),
      counts[1] <= warmUpRuns
    else { throw StreamError.state("its frames are not those of clips of \(clip.frameCount)") }
    var states: [String: Tensor] = [:]
    for (name, state) in saved.tensors where name.hasPrefix(Self.prefix) && !session.plan.states.isEmpty {
      states[String(name.dropFirst(Self.prefix.count))] = state
    }
    try session.restoreState(states)
    (self.frames, missing, runs) = (frames, counts[0], counts[1])
  }
}
