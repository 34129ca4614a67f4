import Reports
import Tensors

extension VideoShots {
  /// A readable table: each shot with its times, frames, length and score.
  public var text: String {
    let digits = duration.fixed(2).count
    let width = "\(scores.count)".count
    return shots.enumerated().map { index, shot in
      let times = "\(shot.start.fixed(2).leading(digits)) – \(shot.end.fixed(2).leading(digits)) s"
      let frames = "frames \("\(shot.startFrame)".leading(width)) – \("\(shot.endFrame)".leading(width))"
      let number = "\(index + 1)".leading("\(shots.count)".count)
      return "  \(number)  \(times)  \(frames)  \((shot.end - shot.start).fixed(2)) s  score \(shot.score.text)"
    }.joined(separator: "\n")
  }

  /// The shots as JSON: frames are counted from 0, the last one of a shot included; times are in seconds.
  public var json: JSON {
    .array(
      shots.map { shot in
        [
          "start_frame": JSON(shot.startFrame), "end_frame": JSON(shot.endFrame), "start_s": .rounded(shot.start),
          "end_s": .rounded(shot.end), "score": .number(Double(shot.score)),
        ]
      })
  }

  /// The result as JSON.
  package var fields: JSONObject {
    [
      "fps": .rounded(framesPerSecond, 6), "frames": JSON(scores.count), "duration_s": .rounded(duration),
      "shots": json,
    ]
  }
}

extension Float {
  /// The score with three decimals.
  fileprivate var text: String { Double(self).fixed(3) }
}

extension String {
  fileprivate func leading(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
