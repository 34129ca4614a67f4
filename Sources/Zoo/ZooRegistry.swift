/// The checkpoints that the zoo knows: PyTorchVideo's official ones of convolutional networks, trained on Kinetics-400, and MoViNet's
/// in the public port to PyTorch, trained on Kinetics-600.
///
/// - URLs: PyTorchVideo, the files in `pytorchvideo/models/hub`; MoViNet-pytorch, `movinets/config.py`.
/// - Accuracy, parameters, frames and rates: PyTorchVideo, `docs/source/model_zoo.md`; MoViNet-pytorch, README, its parameters counted.
/// - Licence: PyTorchVideo's repository, README and LICENSE, which name none but this for the model zoo.
/// - Short side and crop: PyTorch Hub's page on X3D for XS, S and M; PySlowFast, `configs/Kinetics/X3D_L.yaml`
///   (`TEST_CROP_SIZE`) for L, `configs/Kinetics/pytorchvideo` for ResNets and SlowFast. EfficientX3D has the clips of the X3D that it
///   stands in for.
public enum ZooRegistry {
  /// All entries, by family.
  public static let entries: [ZooEntry] = [
    x3d("xs", "X3D_XS", clip: .xs, millionParameters: 3.79, top1: 69.12, top5: 88.63),
    x3d("s", "X3D_S", clip: .s, millionParameters: 3.79, top1: 73.33, top5: 91.27),
    x3d("m", "X3D_M", clip: .m, millionParameters: 3.79, top1: 75.94, top5: 92.72),
    x3d("l", "X3D_L", clip: .l, millionParameters: 6.15, top1: 77.44, top5: 93.31),
    efficientX3D("xs", clip: .xs, top1: 68.5, top5: 88.0),
    efficientX3D("s", clip: .s, top1: 73.0, top5: 90.6),
    resNet("c2d_r50", "C2D_8x8_R50", clip: .r8x8, millionParameters: 24.33, top1: 71.46, top5: 89.68),
    resNet("i3d_r50", "I3D_8x8_R50", clip: .r8x8, millionParameters: 28.04, top1: 73.27, top5: 90.70),
    resNet("slow_r50", "SLOW_8x8_R50", clip: .r8x8, millionParameters: 32.45, top1: 74.58, top5: 91.63),
    resNet("slowfast_r50", "SLOWFAST_8x8_R50", clip: .r32x2, millionParameters: 34.57, top1: 76.94, top5: 92.69),
    resNet("slowfast_r101", "SLOWFAST_8x8_R101", clip: .r32x2, millionParameters: 62.83, top1: 77.90, top5: 93.27),
    resNet(
      "slowfast_16x8_r101_50_50", "SLOWFAST_16x8_R101_50_50", clip: .r64x2, millionParameters: 53.77, top1: 78.70,
      top5: 93.61),
    resNet("csn_r101", "CSN_32x2_R101", clip: .r32x2, millionParameters: 22.21, top1: 77.00, top5: 92.90),
    resNet("r2plus1d_r50", "R2PLUS1D_16x4_R50", clip: .r16x4, millionParameters: 28.11, top1: 76.01, top5: 92.23),
    moViNet("a0", side: 172, millionParameters: 3.11, top1: 72.28, top5: 90.92),
    moViNet("a1", side: 172, millionParameters: 4.69, top1: 76.69, top5: 93.40),
    moViNet("a2", side: 224, millionParameters: 5.25, top1: 78.62, top5: 94.17),
    moViNet("a0", .stream, side: 172, millionParameters: 3.75, top1: 72.05, top5: 90.63),
    moViNet("a1", .stream, side: 172, millionParameters: 6.45, top1: 76.45, top5: 93.25),
    moViNet("a2", .stream, side: 224, millionParameters: 7.33, top1: 78.40, top5: 94.05),
    moViNet("a0", .causal, side: 172, millionParameters: 3.75, top1: 72.05, top5: 90.63),
    moViNet("a1", .causal, side: 172, millionParameters: 6.45, top1: 76.45, top5: 93.25),
    moViNet("a2", .causal, side: 224, millionParameters: 7.33, top1: 78.40, top5: 94.05),
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
    static let r8x8 = Clip(frameCount: 8, samplingRate: 8, side: 256)
    static let r16x4 = Clip(frameCount: 16, samplingRate: 4, side: 256)
    // Of SlowFast, the fast pathway's, which the slow one's are taken from.
    static let r32x2 = Clip(frameCount: 32, samplingRate: 2, side: 256)
    static let r64x2 = Clip(frameCount: 64, samplingRate: 2, side: 256)
  }

  private static func x3d(
    _ size: String, _ file: String, clip: Clip, millionParameters: Double, top1: Double, top5: Double
  ) -> ZooEntry {
    resNet("x3d_\(size)", file, clip: clip, millionParameters: millionParameters, top1: top1, top5: top5)
  }

  private static func resNet(
    _ name: String, _ file: String, clip: Clip, millionParameters: Double, top1: Double, top5: Double
  ) -> ZooEntry {
    entry(
      name: name, file: "\(file).pyth", clip: clip, millionParameters: millionParameters,
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
      dataSet: .kinetics400, frameCount: clip.frameCount, samplingRate: clip.samplingRate, shortSide: clip.side,
      cropSize: clip.side, mean: 0.45, standardDeviation: 0.225)
  }

  /// A kind of MoViNet, with how it takes 10 s of video at 5 frames a second.
  private enum MoViNetForm: String {
    case base
    /// Of past frames: the frames one by one.
    case stream
    /// Of past frames, with the same checkpoint: all frames at once.
    case causal

    var file: String { self == .base ? "statedict_v3" : "stream_statedict_v3" }
    var views: String { self == .stream ? "50 frames × 1 crop" : "1 clip × 1 crop" }
  }

  /// MoViNet: colors in 0...1.
  private static func moViNet(
    _ size: String, _ form: MoViNetForm = .base, side: Int, millionParameters: Double, top1: Double, top5: Double
  ) -> ZooEntry {
    let name = "movinet_\(size)_\(form.rawValue)"
    return ZooEntry(
      name: name, architecture: name,
      url: "https://github.com/Atze00/MoViNet-pytorch/raw/main/weights/model\(size.uppercased())_\(form.file)",
      licence: "MIT", size: nil, millionParameters: millionParameters,
      accuracy: .init(top1: top1, top5: top5, views: form.views),
      source: "https://github.com/Atze00/MoViNet-pytorch/blob/main/README.md", dataSet: .kinetics600,
      frameCount: form == .stream ? 1 : 50, samplingRate: 6, shortSide: side, cropSize: side, mean: 0,
      standardDeviation: 1)
  }
}
