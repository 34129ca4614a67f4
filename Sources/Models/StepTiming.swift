import Tensors

/// When the runs of a model that takes one frame after the other give valid results.
public struct StepTiming: Sendable, Hashable {
  /// The number of frames that a result depends on: that of the run and those of the runs before.
  public let receptiveField: Int
  /// The number of frames by which a result lags: how much newer the newest frame is than the one that the result's newest
  /// frame is computed for, which has others on both sides in the windows of convolutions. Networks that leave out or pad
  /// frames by themselves count others, so that it can be any number.
  public let delay: Int

  /// The number of runs before the first one whose results are valid: those that do not have all frames yet.
  public var warmUpSteps: Int { receptiveField - 1 }

  /// The largest receptive field, in frames.
  static let longest = 1 << 20

  /// Creates a timing.
  ///
  /// - Parameters:
  ///   - receptiveField: The number of frames that a result depends on, at least 1.
  ///   - delay: The number of frames by which a result lags.
  public init(receptiveField: Int, delay: Int) {
    (self.receptiveField, self.delay) = (receptiveField, delay)
  }

  /// Reads a timing from an `.accel` file.
  ///
  /// - Throws: `FormatError` that names the key if a number is missing or out of range.
  init(decoding field: JSONField) throws {
    func number(_ key: String, in range: ClosedRange<Int>) throws -> Int {
      let number = try field.required(key)
      guard range.contains(try number.int()) else {
        throw number.error("must be \(range.lowerBound) to \(range.upperBound)")
      }
      return try number.int()
    }
    self.init(
      receptiveField: try number("receptive_field", in: 1...Self.longest),
      delay: try number("delay", in: -Self.longest...Self.longest))
  }

  /// The timing as `.accel` files contain it.
  package var encoded: JSON { ["receptive_field": JSON(receptiveField), "delay": JSON(delay)] }
}
