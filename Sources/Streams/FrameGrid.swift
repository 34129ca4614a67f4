/// Chooses the frames of a stream that a model takes: for each place of a regular grid in time the frame nearest to it, as
/// soon as it is there.
package struct FrameGrid: Equatable {
  /// The time from one place to the next in seconds.
  package let interval: Double
  /// The longest time between two frames in seconds that is no jump.
  package let longestGap: Double
  /// Where the grid is; nil before the first frame.
  package var position: Position?

  /// How far a grid has got.
  package struct Position: Equatable {
    /// The time of place 0 in seconds.
    var start: Double
    /// The number of the last place that has a frame.
    var place: Int
    /// The time of the newest frame in seconds.
    var newest: Double
    /// The mean time from frame to frame of late in seconds.
    var spacing: Double
  }

  /// What a frame is for.
  package enum Visit: Equatable {
    /// It is between those that the model takes.
    case skipped
    /// It is taken, after some places that no frame is near.
    case taken(missed: Int)
    /// It is too far from the frame before.
    case jump
  }

  /// Creates a grid.
  ///
  /// - Parameters:
  ///   - interval: The time from one place to the next in seconds.
  ///   - longestGap: The longest time between two frames in seconds that is no jump.
  package init(interval: Double, longestGap: Double) {
    self.interval = interval
    self.longestGap = longestGap
  }

  /// The time of the last place that has a frame in seconds, counted from place 0; nil before the first frame.
  var time: Double? { position.map { Double($0.place) * interval } }

  /// Returns what a frame with a time is for; all but a jump move the grid on.
  package mutating func visit(_ time: Double) -> Visit {
    guard var next = position else {
      position = Position(start: time, place: 0, newest: time, spacing: interval)
      return .taken(missed: 0)
    }
    let elapsed = time - next.newest
    if elapsed < -interval || elapsed > longestGap { return .jump }
    // Frames that arrive out of order are too late.
    guard elapsed > 0 else { return .skipped }
    let isSecond = next.newest == next.start
    // Lost frames must not make those after them seem to be far apart.
    next.spacing = isSecond ? elapsed : next.spacing * 0.875 + min(elapsed, 2 * next.spacing) * 0.125
    next.newest = time
    // No frame that is nearer comes later, if they come regularly.
    let place = Int(((time - next.start + min(next.spacing, interval) / 2) / interval).rounded(.down))
    let missed = place - next.place - 1
    next.place = max(next.place, place)
    position = next
    return missed < 0 ? .skipped : .taken(missed: missed)
  }
}
