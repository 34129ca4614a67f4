/// A random number generator whose numbers depend only on a seed, a name and an index, in any language.
///
/// It is counter-based: the mixing function of SplitMix64 (Steele et al. 2014) of the seed, the FNV-1a hash of the name
/// and the index. `Tools/generator.py` gives the same numbers.
public struct CounterGenerator: Sendable {
  private let base: UInt64

  /// Creates a stream of numbers.
  ///
  /// - Parameters:
  ///   - seed: The seed.
  ///   - name: The name of the stream.
  public init(seed: UInt64, name: String) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    base = seed &* 0x9E37_79B9_7F4A_7C15 &+ hash
  }

  /// Returns the 64 bits at an index.
  public func bits(_ index: Int) -> UInt64 {
    var z = base &+ (UInt64(index) &+ 1) &* 0xD1B5_4A32_D192_ED03
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Returns the number in −1..<1 at an index; a multiple of 2⁻²³, so exact.
  public func unit(_ index: Int) -> Float { Float(bits(index) >> 40) * 0x1p-23 - 1 }
}
