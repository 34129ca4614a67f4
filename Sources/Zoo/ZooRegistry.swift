/// The checkpoints that the zoo knows: PyTorchVideo's official X3D and EfficientX3D, trained on Kinetics-400.
///
/// - URLs: PyTorchVideo, `pytorchvideo/models/hub/x3d.py` and `efficient_x3d_mobile_cpu.py`.
/// - Accuracy, parameters, frames and rates: PyTorchVideo, `docs/source/model_zoo.md`.
/// - Licence: PyTorchVideo's repository, README and LICENSE, which name none but this for the model zoo.
/// - Short side and crop: PyTorch Hub's page on X3D for XS, S and M; PySlowFast, `configs/Kinetics/X3D_L.yaml`
///   (`TEST_CROP_SIZE`) for L. EfficientX3D has the clips of the X3D that it stands in for.
public enum ZooRegistry {
  /// All entries, smallest network first.
  public static let entries: [ZooEntry] = [
    x3d("xs", "X3D_XS", clip: .xs, millionParameters: 3.79, top1: 69.12, top5: 88.63),
    x3d("s", "X3D_S", clip: .s, millionParameters: 3.79, top1: 73.33, top5: 91.27),
    x3d("m", "X3D_M", clip: .m, millionParameters: 3.79, top1: 75.94, top5: 92.72),
    x3d("l", "X3D_L", clip: .l, millionParameters: 6.15, top1: 77.44, top5: 93.31),
    efficientX3D("xs", clip: .xs, top1: 68.5, top5: 88.0),
    efficientX3D("s", clip: .s, top1: 73.0, top5: 90.6),
  ]

  /// The names of all entries.
  public static var names: [String] { entries.map(\.name) }

  /// Returns the entry with a name.
  ///
  /// - Throws: ``ZooError/unknownModel(_:known:)``.
  public static func entry(named name: String) throws(ZooError) -> ZooEntry {
    guard let entry = entries.first(where: { $0.name == name }) else { throw .unknownModel(name, known: names) }
    return entry
  }

  private struct Clip {
    let frameCount: Int
    let samplingRate: Int
    let side: Int

    static let xs = Clip(frameCount: 4, samplingRate: 12, side: 182)
    static let s = Clip(frameCount: 13, samplingRate: 6, side: 182)
    static let m = Clip(frameCount: 16, samplingRate: 5, side: 256)
    static let l = Clip(frameCount: 16, samplingRate: 5, side: 356)
  }

  private static func x3d(
    _ size: String, _ file: String, clip: Clip, millionParameters: Double, top1: Double, top5: Double
  ) -> ZooEntry {
    entry(
      name: "x3d_\(size)", file: "\(file).pyth", clip: clip, millionParameters: millionParameters,
      accuracy: .init(top1: top1, top5: top5, views: "10 clips × 3 crops"))
  }

  private static func efficientX3D(_ size: String, clip: Clip, top1: Double, top5: Double) -> ZooEntry {
    entry(
      name: "efficient_x3d_\(size)", file: "efficient_x3d_\(size)_original_form.pyth", clip: clip,
      millionParameters: 3.8, accuracy: .init(top1: top1, top5: top5, views: "10 clips"))
  }

  private static func entry(
    name: String, file: String, clip: Clip, millionParameters: Double, accuracy: ZooEntry.Accuracy
  ) -> ZooEntry {
    ZooEntry(
      name: name, architecture: name,
      url: "https://dl.fbaipublicfiles.com/pytorchvideo/model_zoo/kinetics/\(file)", licence: "Apache-2.0", size: nil,
      millionParameters: millionParameters, accuracy: accuracy,
      source: "https://github.com/facebookresearch/pytorchvideo/blob/main/docs/source/model_zoo.md",
      frameCount: clip.frameCount, samplingRate: clip.samplingRate, shortSide: clip.side, cropSize: clip.side)
  }
}
