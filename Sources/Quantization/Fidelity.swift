#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// How close the results of a quantized model are to those of its floating-point form, on some clips.
public struct Fidelity: Sendable, Equatable {
  /// The number of clips.
  public let clips: Int
  /// The signal-to-quantization-noise ratio (SQNR) of the results in dB.
  ///
  /// With several clips, each result is taken minus its mean over the clips: what is left is how the result depends on
  /// the input.
  public let decibels: Double
  /// The noise divided by the signal.
  let noise: Double
  /// The share of clips with the same largest result, 0...1.
  public let top1Agreement: Double

  /// Compares results, one for each clip.
  init(_ found: [[Float]], _ expected: [[Float]]) {
    clips = expected.count
    let (centredFound, centredExpected) = (Self.centred(found), Self.centred(expected))
    var noise = SignalToNoise()
    for (found, expected) in zip(centredFound, centredExpected) { noise.add(found, expected) }
    decibels = noise.decibels
    self.noise = noise.share
    let agreeing = zip(found, expected).count { Self.largest($0) == Self.largest($1) }
    top1Agreement = clips == 0 ? 1 : Double(agreeing) / Double(clips)
  }

  private static func centred(_ results: [[Float]]) -> [[Float]] {
    guard results.count > 1 else { return results }
    let means = results[0].indices.map { index in
      results.reduce(0) { $0 + Double($1[index]) } / Double(results.count)
    }
    return results.map { zip($0, means).map { Float(Double($0) - $1) } }
  }

  private static func largest(_ values: [Float]) -> Int? { values.indices.max { values[$0] < values[$1] } }
}

/// The power of a signal and of its error.
struct SignalToNoise {
  private var signal = 0.0
  private var noise = 0.0

  mutating func add(_ found: [Float], _ expected: [Float]) {
    for (found, expected) in zip(found, expected) {
      signal += Double(expected) * Double(expected)
      noise += (Double(found) - Double(expected)) * (Double(found) - Double(expected))
    }
  }

  /// The noise divided by the signal.
  var share: Double { noise > 0 ? noise / signal : 0 }

  /// The ratio in dB; 200 without noise.
  var decibels: Double {
    guard noise > 0 else { return 200 }
    return signal > 0 ? min(10 * log10(signal / noise), 200) : -200
  }
}
