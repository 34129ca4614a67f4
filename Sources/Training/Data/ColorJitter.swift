import Preprocessing
import Tensors

/// Changes the brightness, contrast and saturation of a clip, the same way in all its frames.
///
/// Each is changed by a factor in `1 - x ... 1 + x`, in this order, as torchvision's `ColorJitter` does.
public struct ColorJitter: Sendable, Hashable {
  /// The largest change of brightness, 0...1.
  public var brightness: Double
  /// The largest change of the distance to the frame's mean grey, 0...1.
  public var contrast: Double
  /// The largest change of the distance to the pixel's own grey, 0...1.
  public var saturation: Double

  /// Creates a color jitter; by default, colors stay as they are.
  public init(brightness: Double = 0, contrast: Double = 0, saturation: Double = 0) {
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
  }

  /// A description of the setting that is out of range; nil if all are valid.
  var problem: String? {
    for (name, value) in [("brightness", brightness), ("contrast", contrast), ("saturation", saturation)]
    where !(0...1).contains(value) {
      return "\(name) changes by \(value), not 0 to 1"
    }
    return nil
  }

  /// The factors for one clip.
  struct Factors: Equatable {
    var brightness: Float = 1
    var contrast: Float = 1
    var saturation: Float = 1
  }

  func factors(using generator: inout RandomStream) -> Factors {
    func factor(_ range: Double) -> Float { Float(Double.random(in: 1 - range...1 + range, using: &generator)) }
    return Factors(brightness: factor(brightness), contrast: factor(contrast), saturation: factor(saturation))
  }
}

extension ColorJitter.Factors {
  /// Returns a clip `[1, 3, T, crop, crop]` of a recipe with its colors changed, clamped to 0...1.
  func applied(to clip: Tensor, recipe: ClipRecipe) -> Tensor {
    guard self != ColorJitter.Factors() else { return clip }
    var values: [Float] = clip.elements()
    let plane = recipe.cropSize * recipe.cropSize
    for frame in 0..<recipe.frameCount {
      let places = (0..<3).map { ($0 * recipe.frameCount + frame) * plane }
      applyToFrame(&values, places, plane, recipe)
    }
    return Tensor(values, shape: clip.shape)
  }

  /// Changes one frame, whose channels start at the given indices.
  private func applyToFrame(_ values: inout [Float], _ starts: [Int], _ count: Int, _ recipe: ClipRecipe) {
    let (red, green, blue) = (starts[0], starts[1], starts[2])
    for (channel, start) in starts.enumerated() {
      let (scale, offset) = (recipe.standardDeviation[channel], recipe.mean[channel])
      for index in start..<start + count { values[index] = Self.cut((values[index] * scale + offset) * brightness) }
    }
    if contrast != 1 {
      var sum = 0.0
      for index in 0..<count {
        sum += Double(Self.grey(values[red + index], values[green + index], values[blue + index]))
      }
      let rest = (1 - contrast) * Float(sum / Double(count))
      for start in starts {
        for index in start..<start + count { values[index] = Self.cut(contrast * values[index] + rest) }
      }
    }
    if saturation != 1 {
      for index in 0..<count {
        let rest = (1 - saturation) * Self.grey(values[red + index], values[green + index], values[blue + index])
        for start in starts { values[start + index] = Self.cut(saturation * values[start + index] + rest) }
      }
    }
    for (channel, start) in starts.enumerated() {
      let (scale, offset) = (recipe.standardDeviation[channel], recipe.mean[channel])
      for index in start..<start + count { values[index] = (values[index] - offset) / scale }
    }
  }

  private static func cut(_ value: Float) -> Float { min(max(value, 0), 1) }

  /// Returns the luminance of a color (ITU-R BT.601, as in torchvision).
  private static func grey(_ red: Float, _ green: Float, _ blue: Float) -> Float {
    0.2989 * red + 0.587 * green + 0.114 * blue
  }
}
