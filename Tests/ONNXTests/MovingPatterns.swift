import IR
import Foundation
import Architectures
import Tensors

/// Clips of ten kinds: stripes that move in one of five directions, narrow or wide. Phase, speed, colours and noise differ from
/// clip to clip.
enum MovingPatterns {
  static let kinds = 10

  /// One clip `[1, 3, T, S, S]`, normalized as X3D's are.
  ///
  /// - Parameters:
  ///   - set: what it is for; clips of one set are not those of another.
  static func clip(kind: Int, number: Int, set: String, frames: Int, size: Int) -> Tensor {
    let generator = CounterGenerator(seed: 1, name: "\(set) \(kind) \(number)")
    let direction = Double(kind / 2) * 2 * .pi / 5
    let wavelength = (kind % 2 == 0 ? 8 : 20) * (1 + 0.1 * Double(generator.unit(0)))
    let speed = 2 + Double(generator.unit(1))
    let phase = Double(generator.unit(2)) * .pi
    let contrast = 0.35 + 0.05 * generator.unit(3)
    var values: [Float] = []
    values.reserveCapacity(3 * frames * size * size)
    for channel in 0..<3 {
      let brightness = 0.5 + 0.05 * generator.unit(4 + channel)
      let gain = contrast * (0.9 + 0.1 * generator.unit(7 + channel))
      for frame in 0..<frames {
        for y in 0..<size {
          for x in 0..<size {
            let along = Double(x) * cos(direction) + Double(y) * sin(direction) - Double(frame) * speed
            let noise = 0.05 * generator.unit(10 + ((channel * frames + frame) * size + y) * size + x)
            let light = brightness + gain * Float(sin(2 * .pi * along / wavelength + phase)) + noise
            values.append((min(max(light, 0), 1) - 0.45) / 0.225)
          }
        }
      }
    }
    return Tensor(values, shape: [1, 3, frames, size, size])
  }

  /// Some clips of each kind, kind by kind.
  static func clips(ofEach count: Int, set: String, frames: Int, size: Int) -> [(kind: Int, clip: Tensor)] {
    (0..<kinds).flatMap { kind in
      (0..<count).map { (kind, clip(kind: kind, number: $0, set: set, frames: frames, size: size)) }
    }
  }
}
