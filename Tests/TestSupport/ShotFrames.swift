import IR
import Tensors

/// The frames of the fixtures of TransNet V2: scenes of 23 frames with a color and a texture each, and noise.
public enum ShotFrames {
  /// Red, green and blue of the pixels of a frame, 27 rows of 48.
  public static func pixels(_ frame: Int, seed: UInt64) -> [UInt8] {
    let scene = frame / 23
    let color = CounterGenerator(seed: seed, name: "color \(scene)")
    let texture = CounterGenerator(seed: seed, name: "texture \(scene)")
    let noise = CounterGenerator(seed: seed, name: "noise \(frame)")
    return (0..<27 * 48 * 3).map {
      UInt8(color.bits($0 % 3) >> 57) + UInt8(texture.bits($0) >> 58) + UInt8(noise.bits($0) >> 60)
    }
  }

  /// The inputs of the network for the first 100 frames: pixels `[1, 3, T, 27, 48]` and color histograms `[1, 512, T, 1, 1]`.
  public static func window(seed: UInt64) -> [Tensor] {
    let (count, plane) = (100, 27 * 48)
    var clip = [Float](repeating: 0, count: 3 * count * plane)
    var histograms = [Float](repeating: 0, count: 512 * count)
    for frame in 0..<count {
      let pixels = pixels(frame, seed: seed)
      for pixel in 0..<plane {
        var color = 0
        for channel in 0..<3 {
          let value = pixels[pixel * 3 + channel]
          clip[(channel * count + frame) * plane + pixel] = Float(value) / 255
          color = color * 8 + Int(value) / 32
        }
        histograms[color * count + frame] += 1
      }
    }
    return [Tensor(clip, shape: [1, 3, count, 27, 48]), Tensor(histograms, shape: [1, 512, count, 1, 1])]
  }
}
