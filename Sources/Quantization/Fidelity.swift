#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// How near a quantized model is to its floating-point form, on some clips.
public struct Fidelity: Sendable, Equatable {
  /// How many clips it was measured on.
  public let clips: Int
  /// The signal-to-noise ratio of the results in dB, each minus its mean over the clips if there are several: what is left says
  /// how the result depends on the input.
  public let decibels: Double
  /// The same as noise divided by signal.
  let noise: Double
  /// The share of clips with the same largest result.
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

/// The power of a signal and of what differs from it.
struct SignalToNoise {
  private var signal = 0.0
  private var noise = 0.0

  mutating func add(_ found: [Float], _ expected: [Float]) {
    for (found, expected) in zip(found, expected) {
      signal += Double(expected) * Double(expected)
      noise += (Double(found) - Double(expected)) * (Double(found) - Double(expected))
    }
  }

  /// Noise divided by signal.
  var share: Double { noise > 0 ? noise / signal : 0 }

  /// The ratio in dB: 200 where nothing differs.
  var decibels: Double {
    guard noise > 0 else { return 200 }
    return signal > 0 ? min(10 * log10(signal / noise), 200) : -200
  }
}
