import Tensors

/// Clips that a model is quantized by: they show how large its values get.
public struct Calibration: Sendable {
  /// One clip, by itself.
  public struct Clip: Sendable {
    /// What it is called in errors: a file, for example.
    public let name: String
    /// One float32 tensor for each input of the model, with one clip in it: `[1, …]`.
    public let inputs: [Tensor]

    /// A clip.
    public init(name: String, inputs: [Tensor]) {
      self.name = name
      self.inputs = inputs
    }
  }

  /// The clips, in order.
  public var clips: [Clip]
  /// What numbers the model's inputs can hold, if that is known: whole ranges never saturate. Nil: what the clips hold.
  public var inputRange: ClosedRange<Float>?

  /// Calibration by some clips.
  public init(clips: [Clip], inputRange: ClosedRange<Float>? = nil) {
    self.clips = clips
    self.inputRange = inputRange
  }

  /// Calibration by the clips `[N, …]` of a model with one input.
  public init(clips: Tensor, name: String = "clip", inputRange: ClosedRange<Float>? = nil) {
    self.init(clips: Self.clips(of: clips, name: name), inputRange: inputRange)
  }

  /// The clips of `[N, …]`, each by itself and with its number behind the name.
  public static func clips(of tensor: Tensor, name: String) -> [Clip] {
    let count = tensor.shape.first ?? 0
    let size = count == 0 ? 0 : tensor.count / count
    let values = tensor.elements(as: Float.self)
    return (0..<count).map { index in
      let clip = Tensor(Array(values[index * size..<(index + 1) * size]), shape: [1] + tensor.shape.dropFirst())
      return Clip(name: count == 1 ? name : "\(name) \(index)", inputs: [clip])
    }
  }
}

extension Calibration {
  /// Whether the clips, and others to compare on, are what the inputs can hold; nothing to check if that is not known.
  ///
  /// Some room is given to what scaling overshoots and other recipes give. Beyond it integers would be spent on numbers that never
  /// come, and what is measured on such clips would say nothing of videos.
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
        // What is not finite is told by its own error.
        if lowest < inputRange.lowerBound - room || highest > inputRange.upperBound + room, highest.isFinite {
          throw .outOfRange(clip: clip.name, lowest: lowest, highest: highest, range: inputRange)
        }
        (least, most) = (min(least, lowest), max(most, highest))
      }
    }
    // All of 0 to 1 is what pixels are before they are normalized.
    if least >= 0, most <= 1, most - least > 0.6, inputRange.lowerBound < -0.5, inputRange.upperBound > 1.5 {
      throw .notNormalized(range: inputRange)
    }
  }
}
