#if VIDEO_USES_FFMPEG
  import CFFmpeg

  /// Converts between a stream's timestamps and seconds from its start.
  struct Clock {
    let timeBase: AVRational
    let startTicks: Int64

    /// A second in timestamps, at least one.
    var second: Int64 { timeBase.num > 0 ? max(1, Int64(timeBase.den) / Int64(timeBase.num)) : 1 }

    func seconds(at ticks: Int64) -> Double {
      Double(ticks &- startTicks) * Double(timeBase.num) / Double(timeBase.den)
    }

    /// The first timestamp at or after a time; a thousandth of a tick is forgiven, for times that were timestamps once.
    func ticks(at seconds: Double) -> Int64 {
      let ticks = (seconds * Double(timeBase.den) / Double(timeBase.num) - 1e-3).rounded(.up)
      // Far beyond any video, and small enough to add to.
      let limit = Double(1 << 60)
      return startTicks &+ Int64(ticks.isNaN ? 0 : min(max(ticks, -limit), limit))
    }
  }
#endif
