import Tensors

/// The clips that a model is quantized with: they show the ranges of its values.
public struct Calibration: Sendable {
  /// One clip, by itself.
  public struct Clip: Sendable {
    /// The name for errors: a file, for example.
    public let name: String
    /// One float32 tensor `[1, …]` for each input of the model.
    public let inputs: [Tensor]

    /// Creates a clip.
    public init(name: String, inputs: [Tensor]) {
      self.name = name
      self.inputs = inputs
    }
  }

  /// The clips, in order.
  public var clips: [Clip]
  /// The range of numbers that the model's inputs can have; nil for the range of the clips.
  public var inputRange: ClosedRange<Float>?

  /// Creates a calibration with some clips.
  public init(clips: [Clip], inputRange: ClosedRange<Float>? = nil) {
    self.clips = clips
    self.inputRange = inputRange
  }

  /// Creates a calibration with the clips `[N, …]` of a model with one input.
  public init(clips: Tensor, name: String = "clip", inputRange: ClosedRange<Float>? = nil) {
    self.init(clips: Self.clips(of: clips, name: name), inputRange: inputRange)
  }

  /// Returns the clips of `[N, …]`, each with its number after the name.
  public static func clips(of tensor: Tensor, name: String) -> [Clip] {
    let count = tensor.shape.first ?? 0
    let size = count == 0 ? 0 : tensor.count / count
    let values = tensor.converted(to: .float32).elements(as: Float.self)
    return (0..<count).map { index in
      let clip = Tensor(Array(values[index * size..<(index + 1) * size]), shape: [1] + tensor.shape.dropFirst())
      return Clip(name: count == 1 ? name : "\(name) \(index)", inputs: [clip])
    }
  }
}

extension Calibration {
  /// Checks that the clips, and others to compare on, are within the range of the inputs, if that is known.
  ///
  /// There is some tolerance for overshoot by scaling and for other recipes. Beyond it, integers would represent
  /// numbers that never occur, and measurements on such clips would say nothing about videos.
  ///
  /// - Throws: ``QuantizationError/outOfRange(clip:lowest:highest:range:)``, ``QuantizationError/notNormalized(range:)``.
  func checkRange(with others: [Clip]) throws(QuantizationError) {
    guard let inputRange else { return }
    let room = (inputRange.upperBound - inputRange.lowerBound) / 4
    var (least, most) = (Float.infinity, -Float.infinity)
    for clip in clips + others {
      for tensor in clip.inputs {
        let values = tensor.elements(as: Float.self)
        guard let lowest = values.min(), let highest = values.max() else { continue }
        // Numbers that are not finite have their own error.
        if lowest < inputRange.lowerBound - room || highest > inputRange.upperBound + room, highest.isFinite {
          throw .outOfRange(clip: clip.name, lowest: lowest, highest: highest, range: inputRange)
        }
        (least, most) = (min(least, lowest), max(most, highest))
      }
    }
    // The full range 0...1 is that of pixels before normalization.
    if least >= 0, most <= 1, most - least > 0.6, inputRange.lowerBound < -0.5, inputRange.upperBound > 1.5 {
      throw .notNormalized(range: inputRange)
    }
  }
}
