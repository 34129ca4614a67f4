import ArgumentParser

/// The ranges of integers that options accept. Upper bounds are far above practical values, and low enough that nothing
/// overflows and memory suffices.
enum NumberRange {
  /// Numbers of epochs, batches or steps.
  static let counts = 1...1_000_000
  /// Clips in a batch.
  static let batch = 1...65_536
  /// Frames in a window, or from one to the next.
  static let window = 1...4096
  /// Classes of a classifier.
  static let classes = 1...100_000
  /// Sides of clips, in pixels.
  static let side = 1...8192

  /// Refuses a number outside of a range.
  static func check(_ value: Int?, _ range: ClosedRange<Int>, option: String) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError("\(option) must be \(range.lowerBound) to \(range.upperBound).")
  }
}
