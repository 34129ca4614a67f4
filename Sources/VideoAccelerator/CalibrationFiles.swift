import Quantization
import Models
import Preprocessing
import Tensors
import Training
import Video

/// Calibration clips from files: a video, a folder with videos and arrays in it and its subfolders, or an array `[N, 3,
/// T, H, W]` in a `.npy` file.
public struct CalibrationFiles: Sendable {
  /// The clips.
  public private(set) var clips: [Calibration.Clip] = []
  /// The files that could not be read; empty unless such files are skipped.
  public private(set) var skipped = SkippedVideos()
  /// The damaged videos that were used.
  public private(set) var damaged = DamagedVideos()
  /// The files of the folder that are neither videos nor arrays.
  public private(set) var skippedFiles = SkippedFiles()

  /// Reads clips: the same ones in the same order each time.
  ///
  /// - Parameters: As ``init(at:recipe:count:skipsBad:progress:)``.
  /// - Throws: `FileError`, `FormatError` or `VideoError` that names the file.
  public static func clips(
    at path: String, recipe: ClipRecipe, count: Int, progress: (String) -> Void = { _ in }
  ) throws -> [Calibration.Clip] {
    try CalibrationFiles(at: path, recipe: recipe, count: count, progress: progress).clips
  }

  /// Reads clips for a model: the same ones in the same order each time.
  ///
  /// - Parameters: As ``init(at:recipe:count:skipsBad:progress:)``.
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
  ///   - recipe: How the model's clips are made; arrays are taken to be such clips already.
  ///   - count: The largest number of clips.
  ///   - skipsBad: Whether a file that cannot be read is skipped, and listed in ``skipped``.
  ///   - progress: Called with each file before it is read.
  /// - Throws: `FileError`, `FormatError` or `VideoError` that names the file.
  public init(
    at path: String, recipe: ClipRecipe, count: Int, skipsBad: Bool = false,
    progress: (String) -> Void = { _ in }
  ) throws {
    try self.init(at: path, .recipe(recipe), count: count, skipsBad: skipsBad, progress: progress)
  }

  /// Reads clips for a model, spread evenly over the files, and over each video: clips of its recipe, or the windows that a
  /// ``ShotDetector`` scores.
  ///
  /// - Parameters:
  ///   - path: A file or a folder.
  ///   - model: The model; one that finds shots takes no arrays.
  ///   - count: The largest number of clips.
  ///   - skipsBad: Whether a file that cannot be read is skipped, and listed in ``skipped``.
  ///   - progress: Called with each file before it is read.
  /// - Throws: `ModelError.noRecipe(model:)`, `FileError`, `FormatError` or `VideoError` that names the file.
  public init(
    at path: String, for model: Model, count: Int, skipsBad: Bool = false, progress: (String) -> Void = { _ in }
  ) throws {
    let form = ShotDetector.isDetector(model.graph) ? ClipForm.shotWindows : .recipe(try model.requiredRecipe())
    try self.init(at: path, form, count: count, skipsBad: skipsBad, progress: progress)
  }

  /// How clips are made of a video.
  private enum ClipForm {
    case recipe(ClipRecipe)
    case shotWindows
  }

  private init(
    at path: String, _ form: ClipForm, count: Int, skipsBad: Bool, progress: (String) -> Void
  ) throws {
    var files = try self.files(at: path)
    if files.count > count { files = (0..<count).map { files[$0 * files.count / count] } }
    for (index, file) in files.enumerated() {
      progress(file)
      // Later files make up for clips that one file lacks.
      let missing = count - clips.count
      let share = missing > 0 ? (missing - 1) / (files.count - index) + 1 : 0
      do {
        clips += try clips(of: file, form, count: share)
      } catch {
        guard skipsBad, let video = SkippedVideos.Video(path: file, error) else { throw error }
        skipped.add(video)
      }
    }
    if clips.isEmpty, let first = skipped.videos.first {
      throw DataSetError.allDamaged(name: path, count: files.count, example: first.reason)
    }
  }

  private mutating func clips(of file: String, _ form: ClipForm, count: Int) throws -> [Calibration.Clip] {
    switch form {
    case .recipe(let recipe):
      return try isArray(file) ? Self.array(file, count: count) : video(file, recipe: recipe, count: count)
    case .shotWindows:
      guard !isArray(file) else {
        throw FileError(path: file, reason: "is an array: a model that finds shots is calibrated on videos")
      }
      return try windows(file, count: count)
    }
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

  private static func array(_ path: String, count: Int) throws -> [Calibration.Clip] {
    let tensor = try NumPyFile.read(path)
    guard tensor.elementType.isFloatingPoint, tensor.rank == 5, tensor.shape[1] == 3 else {
      throw FileError(
        path: path,
        reason: "holds \(tensor): calibration takes clips as a model gets them, scaled, cropped and normalized, "
          + "float32 [N, 3, T, H, W]")
    }
    let clips = Calibration.clips(of: tensor.converted(to: .float32), name: path.printable)
    return Array(clips.prefix(count))
  }

  private mutating func video(_ path: String, recipe: ClipRecipe, count: Int) throws -> [Calibration.Clip] {
    let reader = try VideoReader(path: path)
    return try reader.withTimeline { _ in
      var clips: [Calibration.Clip] = []
      // More clips than frames would be the same ones again.
      try reader.forEachClip(count: min(count, max(reader.info.frameCount, 1)), recipe: recipe) { clip in
        clips.append(.init(name: "\(path.printable) (clip \(clips.count + 1))", inputs: [clip]))
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
