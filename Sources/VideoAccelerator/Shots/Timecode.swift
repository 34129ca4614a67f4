/// A way to number frames by hours, minutes, seconds and frames (SMPTE ST 12-1).
struct TimecodeRate: Equatable {
  /// The number of frames that a second of timecode has.
  let base: Int
  /// The number of frames in a second of time.
  let framesPerSecond: Double
  /// The number of frame numbers that are left out in each minute but every tenth; 0 for none.
  let dropped: Int

  /// Creates the timecode for an average frame rate.
  ///
  /// Rates of 1000/1001 times a whole number keep it; of these, multiples of 29.97 leave out numbers so that timecode
  /// follows the clock ("drop frame"). Any other rate is counted in the nearest whole number of frames per second.
  init(_ rate: Double) {
    let base = rate.isFinite ? Int(min(max(rate.rounded(), 1), 999)) : 25
    let slowed = Double(base) * 1000 / 1001
    // Durations in files are rounded, so that average rates are off by some millionths.
    let isSlowed = [24, 30, 48, 60, 120].contains(base) && abs(rate - slowed) < abs(rate - Double(base))
    self.base = base
    framesPerSecond = isSlowed ? slowed : Double(base)
    dropped = isSlowed && base % 30 == 0 ? base / 15 : 0
  }

  /// Returns the number of the frame that is nearest to a time in seconds.
  func frame(at seconds: Double) -> Int { Int((min(max(seconds, 0), 1e9) * framesPerSecond).rounded()) }

  /// Returns the timecode of a frame, counted from 0: `01:02:03:04`, or `01:02:03;04` with numbers left out.
  func text(_ frame: Int) -> String {
    var number = frame
    if dropped > 0 {
      let minute = 60 * base - dropped
      let tenMinutes = 10 * minute + dropped
      let (tens, rest) = number.quotientAndRemainder(dividingBy: tenMinutes)
      number += 9 * dropped * tens + (rest > dropped ? dropped * ((rest - dropped) / minute) : 0)
    }
    let fields = [number / base / 3600 % 24, number / base / 60 % 60, number / base % 60].map(Self.twoDigits)
    return fields.joined(separator: ":") + (dropped > 0 ? ";" : ":") + Self.twoDigits(number % base)
  }

  private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
