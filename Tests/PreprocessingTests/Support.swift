import Foundation
import Preprocessing

/// The folder of this module's fixtures, made by Tools/make_preprocessing_fixtures.py.
private let fixtureFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Fixtures/preprocessing")

/// The lines of a fixture.
func fixtureLines(_ name: String) throws -> [String] {
  try String(contentsOf: fixtureFolder.appendingPathComponent(name), encoding: .utf8)
    .split(separator: "\n").map(String.init)
}

/// The same bytes as in the fixtures' script: the top byte of a hash of a byte's index and a seed.
func syntheticFrame(width: Int, height: Int, seed: UInt64, timestamp: Double = 0) throws -> Frame {
  let pixels = (0..<UInt64(width * height * 3)).map { index -> UInt8 in
    var x = UInt32(truncatingIfNeeded: index &+ seed &* 0x9E37_79B9)
    x = (x ^ (x >> 16)) &* 0x7FEB_352D
    x = (x ^ (x >> 15)) &* 0x846C_A68B
    return UInt8((x ^ (x >> 16)) >> 24)
  }
  return try Frame(width: width, height: height, pixels: pixels, timestamp: timestamp)
}

/// A generator whose every number is known (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
