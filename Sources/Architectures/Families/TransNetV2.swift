import IR

/// The options of a TransNet V2 network; the defaults are those of the published weights.
public struct TransNetV2Configuration: Sendable, Codable, Equatable {
  /// The number of channels of each dilated convolution in the first stack; it doubles from stack to stack.
  public var filters = 16
  /// The number of hidden features of each frame, before the two classifiers.
  public var hiddenFeatures = 1024
  /// 0, as the network has no classes: it scores frames.
  public var classCount = 0
  /// ``ModelHead/classifier``, the only end that it has.
  public var head = ModelHead.classifier

  /// Creates the default options.
  public init() {}

  /// Checks that the options are valid.
  ///
  /// - Throws: ``ArchitectureError/configuration(_:)`` that names the option.
  public func validate() throws(ArchitectureError) {
    guard (1...256).contains(filters), (1...1 << 16).contains(hiddenFeatures) else {
      throw .configuration("TransNet V2 takes 1 to 256 filters and 1 to 65536 hidden features")
    }
    guard classCount == 0 else { throw .configuration("TransNet V2 has no classes: it scores frames") }
    guard head == .classifier else { throw .configuration("TransNet V2 gives scores of frames, and no features") }
  }
}

/// TransNet V2, which finds the last frame of each shot of a video, with the parameter paths of its port to PyTorch, so
/// that the published weights load as they are.
///
/// Inputs are the frames of a clip, of 27 × 48 pixels in 0...1, and the color histograms of the same frames. Results are
/// logits `[N, T]`: one is trained on a single frame of each transition ("one hot"), the other on all of them.
///
/// ```
/// clip ─ stack ─┬─ stack ─┬─ stack ─┬───────────────────────┐
///               └─────────┴─────────┴─ means ─ similarity ──┼─ hidden ─┬─ one hot
/// histograms ─────────────────────────────────── similarity ┘          └─ many hot
/// ```
///
/// Source: Souček and Lokoč 2020, TransNet V2: An effective deep network architecture for fast shot transition detection.
public struct TransNetV2: Sendable {
  /// The height of a frame in pixels.
  public static let height = 27
  /// The width of a frame in pixels.
  public static let width = 48
  /// The number of colors that a histogram counts: 8 shades each of red, green and blue.
  public static let colorCount = 512
  /// The number of frames of the clips that it was trained on.
  public static let clipLength = 100

  /// The number of stacks, each of which halves height and width.
  private static let stackCount = 3
  /// The number of frames that each frame is compared with.
  private static let comparedFrames = 101
  /// The number of features of a comparison.
  private static let features = 128

  private let configuration: TransNetV2Configuration

  /// Creates a network with options.
  ///
  /// - Throws: ``ArchitectureError`` if the options are invalid.
  public init(_ configuration: TransNetV2Configuration = TransNetV2Configuration()) throws(ArchitectureError) {
    try configuration.validate()
    self.configuration = configuration
  }

  /// The inputs of the network: `clip` `[N, 3, T, 27, 48]`, and `histograms` `[N, 512, T, 1, 1]`, for each frame the
  /// number of pixels, or any multiple of it, of each color.
  public static let inputs: [GraphInput] = [
    .clip(channels: 3, height: .fixed(height), width: .fixed(width)),
    GraphInput(name: "histograms", type: ValueType(["N", .fixed(colorCount), "T", 1, 1])),
  ]

  /// Adds the network.
  ///
  /// - Parameters:
  ///   - clip: `[N, 3, T, 27, 48]`.
  ///   - histograms: `[N, 512, T, 1, 1]`.
  /// - Returns: Logits `[N, T]` of the last frames of shots, and of all frames of transitions.
  public func forward(
    clip: SymbolicTensor, histograms: SymbolicTensor
  ) -> (oneHot: SymbolicTensor, manyHot: SymbolicTensor) {
    var x = clip
    var means: [SymbolicTensor] = []
    var (channels, height, width) = (3, Self.height, Self.width)
    for stack in 0..<Self.stackCount {
      let filters = configuration.filters << stack
      x = x.builder.scoped("SDDCNN") { DilatedStack(channels, filters)(x, name: "\(stack)") }
      (channels, height, width) = (4 * filters, height / 2, width / 2)
      means.append(Pooling.average(kernel: [1, height, width])(x))
    }
    let similarity = x.builder.scoped("frame_sim_layer") {
      let vectors = ChannelMap(means.reduce(0) { $0 + $1.channels }, Self.features)(
        .concatenated(means, axis: 1), name: "projection")
      return comparison(of: vectors)
    }
    let colors = x.builder.scoped("color_hist_layer") { comparison(of: histograms) }
    let hidden = x.builder.scoped("fc1") {
      Hidden(outputs: configuration.hiddenFeatures).forward(.concatenated([colors, similarity], axis: 1), map: x)
    }
    let scores = ["cls_layer1", "cls_layer2"].map {
      ChannelMap(configuration.hiddenFeatures, 1)(hidden, name: $0).reshaped(to: 0, -1)
    }
    return (scores[0], scores[1])
  }

  private func comparison(of vectors: SymbolicTensor) -> SymbolicTensor {
    let similarities = vectors.applying(Operations.TemporalSimilarity(frameCount: Self.comparedFrames))
    return Activation.relu(ChannelMap(Self.comparedFrames, Self.features)(similarities, name: "fc"))
  }
}

/// Two layers of dilated convolutions with a shortcut, and pooling that halves height and width.
private struct DilatedStack: Layer {
  private let inputs: Int
  private let filters: Int

  init(_ inputs: Int, _ filters: Int) {
    self.inputs = inputs
    self.filters = filters
  }

  func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    x.builder.scoped("DDCNN") {
      let shortcut = DilatedConvolutions(inputs, filters)(x, name: "0")
      let y = DilatedConvolutions(4 * filters, filters)(shortcut, name: "1") + shortcut
      return Pooling.average(kernel: [1, 2, 2])(y)
    }
  }
}

/// Convolutions over 3, 5, 9 and 17 frames side by side, each over space and then over time.
private struct DilatedConvolutions: Layer {
  private let inputs: Int
  private let filters: Int

  init(_ inputs: Int, _ filters: Int) {
    self.inputs = inputs
    self.filters = filters
  }

  func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    let branches = [1, 2, 4, 8].map { dilation in
      x.builder.scoped("Conv3D_\(dilation)") {
        x.builder.scoped("layers") {
          let y = Conv3d(inputs, 2 * filters, kernel: [1, 3, 3], padding: [0, 1, 1], bias: false)(x, name: "0")
          return Conv3d(
            2 * filters, filters, kernel: [3, 1, 1], padding: [dilation, 0, 0], dilation: [dilation, 1, 1], bias: false)(
              y, name: "1")
        }
      }
    }
    let joined = SymbolicTensor.concatenated(branches, axis: 1)
    return Activation.relu(BatchNorm(4 * filters, epsilon: 1e-3)(joined, name: "bn"))
  }
}

/// A linear map of the channels of `[N, C, T, 1, 1]`, frame by frame.
private struct ChannelMap: Layer {
  private let map: Linear

  init(_ inputs: Int, _ outputs: Int) { map = Linear(inputs, outputs) }

  func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    map.forward(x.permuted(0, 2, 3, 4, 1)).permuted(0, 4, 1, 2, 3)
  }
}

/// A linear map of what is known of each frame: features `[N, C, T, 1, 1]`, and the map `[N, K, T, H, W]` of the last stack.
///
/// Its weight is one matrix, whose columns are the features and then the map's pixels, all channels of each. It is applied
/// as two convolutions, so that the map's pixels are taken where they are.
private struct Hidden {
  let outputs: Int

  func forward(_ features: SymbolicTensor, map: SymbolicTensor) -> SymbolicTensor {
    let size = map.shape.suffix(2).compactMap(\.value)
    let (count, channels) = (features.channels, map.channels)
    let columns = size.reduce(channels, *)
    let weight = map.builder.parameter("weight", shape: [outputs, count + columns])
    let bias = map.builder.parameter("bias", shape: [outputs])
    let ofFeatures = weight.applying(Operations.Slice(axis: 1, start: 0, end: count))
    let ofMap = weight.applying(Operations.Slice(axis: 1, start: count, end: count + columns))
    let kernel = Operations.Convolution(window: Window(kernel: [1] + size))
    let point = Operations.Convolution(window: Window(kernel: [1, 1, 1]))
    let sums = features.applying(point, ofFeatures.reshaped(to: outputs, count, 1, 1, 1), bias)
    let pixels = ofMap.reshaped(to: outputs, 1, size[0], size[1], channels).permuted(0, 4, 1, 2, 3)
    return Activation.relu(sums + map.applying(kernel, pixels))
  }
}
