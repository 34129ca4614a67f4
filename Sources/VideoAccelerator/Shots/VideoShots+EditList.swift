import Reports
import Tensors

extension VideoShots {
  /// Returns an edit decision list in the format of CMX 3600, which editing programs read: the shots as cuts of one reel,
  /// one after the other.
  ///
  /// Timecodes begin at zero and are those of the frames' times at the average rate, drop-frame for 29.97 and its multiples; at a
  /// variable rate, those of the nearest frame of a constant one. Ends are exclusive, as usual. Numbers of events above
  /// 999 have more than the format's three digits.
  ///
  /// - Parameter name: The name of the video file.
  public func editList(name: String) -> String {
    let rate = TimecodeRate(framesPerSecond)
    var lines = ["TITLE: \(name.printable)", "FCM: \(rate.dropped > 0 ? "DROP" : "NON-DROP") FRAME", ""]
    var recorded = 0
    for (index, shot) in shots.enumerated() {
      let source = (rate.frame(at: shot.start), rate.frame(at: shot.end))
      let end = recorded + source.1 - source.0
      let number = String(repeating: "0", count: max(0, 3 - "\(index + 1)".count)) + "\(index + 1)"
      let times = [source.0, source.1, recorded, end].map(rate.text).joined(separator: " ")
      lines += ["\(number)  AX       V     C        \(times)", "* FROM CLIP NAME: \(name.printable)"]
      recorded = end
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
