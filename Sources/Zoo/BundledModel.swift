import Foundation
import Tensors

/// A model that comes with the package: a zoo folder with trained weights, without a download.
public struct BundledModel: Sendable {
  /// The name in the model zoo.
  public let name: String
  /// A short description of what it classifies.
  public let summary: String
  /// A short description of what it was trained and tested on.
  public let dataset: String
  /// The top-1 accuracy on test videos in percent; the model card says how it was measured.
  public let top1: Double
  /// The SPDX identifier of the weights' licence.
  public let licence: String

  /// All bundled models.
  public static let all = [
    BundledModel(
      name: "camera_motion", summary: "what the camera does: pan, tilt, zoom, roll, shake or nothing",
      dataset: "rendered camera motions over photographs", top1: 97.5, licence: "Apache-2.0"),
    BundledModel(
      name: "camera_motion_small", summary: "what the camera does, by a small network that 'accelerator design' found",
      dataset: "rendered camera motions over photographs", top1: 96.5, licence: "Apache-2.0"),
  ]
  /// The model that is used by default.
  public static var standard: BundledModel { all[0] }

  /// Returns the model with a name; nil if there is none.
  public init?(named name: String) {
    guard let model = Self.all.first(where: { $0.name == name }) else { return nil }
    self = model
  }

  private init(name: String, summary: String, dataset: String, top1: Double, licence: String) {
    self.name = name
    self.summary = summary
    self.dataset = dataset
    self.top1 = top1
    self.licence = licence
  }

  /// Returns its zoo folder, which also contains a model card, `README.md`, and the model in deployable form,
  /// `fp16.accel` and `int8.accel`.
  ///
  /// - Throws: ``ModelRequestError/noResources(model:)`` if the package's resources are not beside the program.
  public func folder() throws -> String {
    for place in Self.places {
      let path = place.appendingPathComponent("Bundled/\(name)").path
      if FileSystem.exists(path) { return path }
    }
    throw ModelRequestError.noResources(model: name)
  }

  /// The places where the package's resources may be: beside the program and the target of a link to it, or where
  /// `scripts/install` puts them. (`Bundle.module` ends the process if they do not exist.)
  private static var places: [URL] {
    let beside = [Bundle.main.bundleURL, Bundle.main.resourceURL].compactMap { $0 }
    let program = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
    let installed = ["", "../share/video-accelerator", "../libexec/video-accelerator", "../libexec"].compactMap {
      program?.appendingPathComponent($0).standardized
    }
    return (beside + installed).flatMap { folder in
      ["resources", "bundle"].map { folder.appendingPathComponent("VideoAccelerator_Zoo.\($0)") }
    }
  }
}
