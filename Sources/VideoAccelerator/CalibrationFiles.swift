import Deployment
import Foundation
import Preprocessing
import Tensors
import Training
import Video

/// Calibration clips from files: a video, a folder of videos and arrays, or an array `[N, 3, T, H, W]` in a `.npy` file.
public enum CalibrationFiles {
  /// Reads clips: the same ones in the same order each time.
  ///
  /// Clips are spread evenly over the files, and over each video.
  ///
  /// - Parameters:
  ///   - path: A file or a folder.
  ///   - recipe: What the model wants of a clip; arrays are taken to be such clips already.
  ///   - count: The most clips to read.
  ///   - progress: Called with each file before it is read.
  /// - Throws: `FileError`, `FormatError` or `VideoError` that names the file.
  public static func clips(
    at path: String, recipe: ClipRecipe, count: Int, progress: (String) -> Void = { _ in }
  ) throws -> [Calibration.Clip] {
    var files = try self.files(at: path)
    if files.count > count { files = (0..<count).map { files[$0 * files.count / count] } }
    var clips: [Calibration.Clip] = []
    for (index, file) in files.enumerated() {
      progress(file)
      // What a file lacks, those after it make up for.
      let share = (count - clips.count + files.count - index - 1) / (files.count - index)
      clips += try isArray(file) ? array(file, count: share) : video(file, recipe: recipe, count: share)
    }
    return clips
  }

  private static func isArray(_ path: String) -> Bool { path.lowercased().hasSuffix(".npy") }

  /// The file itself, or those in a folder and, as data sets have one for each class, in its folders.
  private static func files(at path: String) throws -> [String] {
    guard FolderListing.isFolder(path) else { return [path] }
    let listing = try FolderListing(path)
    var files = listing.files.map { "\(path)/\($0)" }
    for folder in listing.folders.map({ "\(path)/\($0)" }) {
      files += try FolderListing(folder).files.map { "\(folder)/\($0)" }
    }
    files = files.filter { isArray($0) || VideoReader.isVideoName($0) }
    guard !files.isEmpty else { throw FileError(path: path, reason: "holds no videos and no .npy files") }
    return files
  }

  private static func array(_ path: String, count: Int) throws -> [Calibration.Clip] {
    let tensor = try NumPyFile.read(path)
    guard tensor.elementType.isFloatingPoint, tensor.rank == 5, tensor.shape[1] == 3 else {
      throw FileError(path: path, reason: "holds \(tensor): calibration takes float32 clips [N, 3, T, H, W]")
    }
    let clips = Calibration.clips(of: tensor.converted(to: .float32), name: path)
    return Array(clips.prefix(count))
  }

  private static func video(_ path: String, recipe: ClipRecipe, count: Int) throws -> [Calibration.Clip] {
    var clips: [Calibration.Clip] = []
    try VideoReader(path: path).forEachClip(count: count, recipe: recipe) { clip in
      clips.append(.init(name: "\(path) (clip \(clips.count + 1))", inputs: [clip]))
    }
    return clips
  }
}

extension ClipRecipe {
  /// What numbers clips of this recipe hold: those of the darkest and the brightest pixel.
  public var range: ClosedRange<Float> {
    let lows = zip(mean, standardDeviation).map { (0 - $0) / $1 }
    let highs = zip(mean, standardDeviation).map { (1 - $0) / $1 }
    return (lows.min() ?? 0)...(highs.max() ?? 1)
  }
}
