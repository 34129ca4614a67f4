import IR
import Quantization
import Models
import Preprocessing
import Tensors
import Training
import Video

/// Calibration clips from files: a video, a folder with videos and arrays in it and its subfolders, or an array of clips
/// `[N, …]` in a `.npy` file; for a model of several inputs, also an array for each.
public struct CalibrationFiles: Sendable {
  /// The number of frames in a clip of a video for a model that takes frames one by one.
  private static let framesForSteps = 16

  /// The clips.
  public private(set) var clips: [Calibration.Clip] = []
  /// The files that could not be read; empty unless such files are skipped.
  public private(set) var skipped = SkippedVideos()
  /// The damaged videos that were used.
  public private(set) var damaged = DamagedVideos()
  /// The files of the folder that are neither videos nor arrays.
  public private(set) var skippedFiles = SkippedFiles()

  /// Reads clips for a model: the same ones in the same order each time.
  ///
  /// - Parameters: As ``init(at:for:count:skipsBad:progress:)``.
  /// - Throws: `ModelError.noRecipe(model:)`, `FileError`, `FormatError` or `VideoError` that names the file.
  public static func clips(
    at path: String, for model: Model, count: Int, progress: (String) -> Void = { _ in }
  ) throws -> [Calibration.Clip] {
    try CalibrationFiles(at: path, for: model, count: count, progress: progress).clips
  }

  /// Reads clips, spread evenly over the files, and over each video.
  ///
  /// - Parameters:
  ///   - path: A file or a folder.
  ///   - model: The model. An array holds clips as its recipe makes them, of which all of its inputs are made; without a recipe,
  ///     values of its only input. For a model that finds shots, clips are the windows that a ``ShotDetector`` scores.
  ///   - count: The largest number of clips.
  ///   - skipsBad: Whether a file that cannot be read is skipped, and listed in ``skipped``.
  ///   - progress: Called with each file before it is read.
  /// - Throws: `FileError`, `FormatError` or `VideoError` that names the file; `ModelError.noRecipe(model:)` for a video if the
  ///   model has no recipe.
  public init(
    at path: String, for model: Model, count: Int, skipsBad: Bool = false,
    progress: (String) -> Void = { _ in }
  ) throws {
    var files = try self.files(at: path)
    if files.count > count { files = (0..<count).map { files[$0 * files.count / count] } }
    for (index, file) in files.enumerated() {
      progress(file)
      // Later files make up for clips that one file lacks.
      let missing = count - clips.count
      let share = missing > 0 ? (missing - 1) / (files.count - index) + 1 : 0
      do {
        clips += try clips(of: file, for: model, count: share)
      } catch {
        guard skipsBad, let video = SkippedVideos.Video(path: file, error) else { throw error }
        skipped.add(video)
      }
    }
    if clips.isEmpty, let first = skipped.videos.first {
      throw DataSetError.allDamaged(name: path, count: files.count, example: first.reason)
    }
  }

  private mutating func clips(of file: String, for model: Model, count: Int) throws -> [Calibration.Clip] {
    if ShotDetector.isDetector(model.graph) {
      guard !isArray(file) else {
        throw FileError(path: file, reason: "is an array: a model that finds shots is calibrated on videos")
      }
      return try windows(file, count: count)
    }
    return try isArray(file) ? Self.array(file, for: model, count: count) : video(file, for: model, count: count)
  }

  /// Returns the file itself, or those in a folder and its subfolders.
  private mutating func files(at path: String) throws -> [String] {
    guard FileSystem.isFolder(path) else { return [path] }
    let walk = try FolderWalk(path)
    let arrays = walk.files.filter(isArray)
    let videos = try VideoFolder(walk)
    let files = (videos.videos + arrays).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    for file in videos.skipped.files where !isArray(file.path) { skippedFiles.add(file.path, file.reason) }
    guard !files.isEmpty else { throw FileError(path: path, reason: "holds no videos and no .npy files") }
    return files
  }

  /// Reads clips from an array for each input.
  ///
  /// - Parameters:
  ///   - paths: A `.npy` file with an array `[N, …]` for each input, in order: the same clips in all of them.
  ///   - model: The model.
  ///   - count: The largest number of clips.
  /// - Throws: `FileError` or `FormatError` that names the file.
  public init(arrays paths: [String], for model: Model, count: Int) throws {
    let inputs = try zip(paths, model.graph.inputTypes).map { path, input in
      try Self.tensors(path, input.type, expected: "values of the input '\(input.name)'")
    }
    let lengths = inputs.map { $0.shape[0] }
    guard let first = lengths.first, lengths.allSatisfy({ $0 == first }) else {
      throw FileError(
        path: paths.joined(separator: ", "),
        reason: "hold \(lengths.map(String.init).joined(separator: ", ")) clips: as many for each input")
    }
    let clips = inputs.map { Calibration.clips(of: $0, name: "") }
    self.clips = (0..<min(count, first)).map { index in
      Calibration.Clip(name: "clip \(index)", inputs: clips.map { $0[index].inputs[0] })
    }
  }

  private static func array(_ path: String, for model: Model, count: Int) throws -> [Calibration.Clip] {
    let inputs = model.clipInputs
    let types = model.graph.inputTypes.map(\.type)
    guard inputs != nil || types.count == 1 else {
      throw FileError(
        path: path,
        reason:
          "holds one array, but \(model.name) has \(types.count) inputs without recipes of one clip: give an array for each"
      )
    }
    let expected = inputs == nil ? "what a model gets" : "clips as a model gets them, scaled, cropped and normalized"
    let tensor = try tensors(
      path, inputs.map { _ in ValueType(["N", 3, "T", "H", "W"]) } ?? types[0], expected: expected)
    return Calibration.clips(of: tensor, name: path.printable).prefix(count).map { clip in
      Calibration.Clip(name: clip.name, inputs: inputs?.tensors(of: clip.inputs[0]) ?? clip.inputs)
    }
  }

  /// Returns an array as float32, if it can be values of a type.
  private static func tensors(_ path: String, _ type: ValueType, expected: String) throws -> Tensor {
    let tensor = try NumPyFile.read(path)
    let fits =
      tensor.rank == type.rank && tensor.rank > 0
      && zip(type.shape, tensor.shape).dropFirst().allSatisfy { $0.value == nil || $0.value == $1 }
    guard tensor.elementType.isFloatingPoint, fits else {
      throw FileError(path: path, reason: "holds \(tensor): calibration takes \(expected), \(type)")
    }
    return tensor.converted(to: .float32)
  }

  private mutating func video(_ path: String, for model: Model, count: Int) throws -> [Calibration.Clip] {
    let inputs = try model.requiredClipInputs()
    let recipe = model.graph.states.isEmpty ? inputs.clip : inputs.clip.ofFrames(Self.framesForSteps)
    let reader = try VideoReader(path: path)
    return try reader.withTimeline { _ in
      var clips: [Calibration.Clip] = []
      // More clips than frames would be the same ones again.
      try reader.forEachClip(count: min(count, max(reader.info.frameCount, 1)), recipe: recipe) { clip in
        clips.append(
          .init(name: "\(path.printable) (clip \(clips.count + 1))", inputs: inputs.tensors(of: clip)))
      }
      damaged.add(reader.damage, path: path)
      return clips
    }
  }

  /// Returns windows spread evenly over a video.
  private mutating func windows(_ path: String, count: Int) throws -> [Calibration.Clip] {
    let reader = try VideoReader(path: path, scaledTo: ShotWindows.size)
    return try reader.withTimeline { timeline in
      let whole = ShotWindows.count(frames: timeline.count)
      let share = min(count, whole)
      var (clips, windows, number) = ([Calibration.Clip](), ShotWindows(), 0)
      func add(_ inputs: [Tensor]) {
        if clips.count < share, number == clips.count * whole / share {
          clips.append(.init(name: "\(path.printable) (window \(number + 1))", inputs: inputs))
        }
        number += 1
      }
      try reader.decodeFrames(Array(0..<timeline.count)) { windows.add($1, add) }
      windows.finish(add)
      damaged.add(reader.damage, path: path)
      return clips
    }
  }
}

private func isArray(_ path: String) -> Bool { path.lowercased().hasSuffix(".npy") }
