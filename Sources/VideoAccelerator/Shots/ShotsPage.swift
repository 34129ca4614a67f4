import Foundation
import Reports
import Tensors
import Video

/// The page of a video's shots: a picture of each, their lengths over time, and a table.
public struct ShotsPage {
  private let shots: VideoShots
  private let name: String
  private let model: String
  /// The picture of each shot as a JPEG file.
  private let pictures: [[UInt8]]

  /// Creates the page of a video's shots.
  ///
  /// - Parameters:
  ///   - shots: The shots of the video.
  ///   - path: The video file.
  ///   - model: The name of the model.
  /// - Throws: `FileError` or `VideoError` if its pictures cannot be read.
  public init(_ shots: VideoShots, path: String, model: String) throws {
    self.shots = shots
    self.model = model
    name = FileSystem.name(of: path)
    pictures = try Self.pictures(of: shots.shots, path: path)
  }

  /// Returns a self-contained page of HTML.
  ///
  /// - Parameter origin: How the page was made.
  public func html(origin: PageOrigin = PageOrigin()) -> String {
    Page.document(
      title: "\(name): shots", model: model, origin: origin, notes: method,
      """
      \(headline)
      <section class="timeline"><h2>Over time</h2>
      <div class="spans" role="list" aria-label="\(shots.shots.count) shots">\(chips)</div>
      \(Chart(x: time, y: Axis("", 0...1), label: "time in seconds", style: "axisonly").markup(""))
      </section>
      <section><h2>Shots</h2><div class="shots">\(strip)</div></section>
      <section><h2>Table</h2>\(table)</section>
      """
    ).text
  }

  private var time: Axis { Axis("time, s", 0...max(shots.duration, 1e-3), parts: 10, isTight: true) }

  private var headline: Markup {
    let lengths = shots.shots.map { $0.end - $0.start }.sorted()
    let median = lengths.isEmpty ? 0 : lengths[lengths.count / 2]
    return Page.header(
      eyebrow: "Shots", title: name,
      facts: [
        "\(shots.duration.fixed(1)) s", "\(shots.scores.count) frames", "\(shots.framesPerSecond.fixed(3)) frames/s",
        model, shots.damage ?? "",
      ],
      figures: [
        Page.figure("shots", "\(shots.shots.count)", "", "in \(shots.duration.fixed(1)) s"),
        Page.figure("median length", median.fixed(2), "s", "half of the shots are shorter"),
        Page.figure("longest shot", (lengths.last ?? 0).fixed(2), "s", "shortest \((lengths.first ?? 0).fixed(2)) s"),
      ])
  }

  /// The shots on the time scale, in two colors in turn, with the transitions between them.
  private var chips: [Markup] {
    var end = 0.0
    return shots.shots.enumerated().map { index, shot in
      defer { end = shot.end }
      let gap =
        shot.start > end ? "<div class=\"hole\" style=\"width:\(share(shot.start - end))%\"></div>" as Markup : ""
      return """
        \(gap)<div role="listitem" class="span k\(index % 2)" style="width:\(share(shot.end - shot.start))%" \
        data-step="\(index)" tabindex="0" aria-label="\(tip(index, shot))" title="\(tip(index, shot))">\
        <span data-fits>\(index + 1)</span></div>
        """
    }
  }

  private func share(_ seconds: Double) -> Double { 100 * seconds / max(shots.duration, 1e-9) }

  private func tip(_ index: Int, _ shot: VideoShots.Shot) -> String {
    "shot \(index + 1)\n\(shot.start.fixed(2)) to \(shot.end.fixed(2)) s\nframes \(shot.startFrame) to \(shot.endFrame)"
  }

  private var strip: [Markup] {
    zip(shots.shots, pictures).enumerated().map { index, pair -> Markup in
      let data = Data(pair.1).base64EncodedString()
      return """
        <figure data-step="\(index)"><img loading="lazy" alt="shot \(index + 1)" src="data:image/jpeg;base64,\(data)">\
        <figcaption><b>\(index + 1)</b> \(pair.0.start.fixed(2)) s, \((pair.0.end - pair.0.start).fixed(2)) s long</figcaption></figure>
        """
    }
  }

  private var table: Markup {
    let rows = shots.shots.enumerated().map { index, shot -> Markup in
      """
      <tr data-step="\(index)"><td>\(index + 1)</td><td>\(shot.start.fixed(3)) s</td><td>\(shot.end.fixed(3)) s</td>\
      <td>\((shot.end - shot.start).fixed(3)) s</td><td>\(shot.startFrame)</td><td>\(shot.endFrame)</td>\
      <td>\(Double(shot.score).fixed(3))</td></tr>
      """
    }
    return Page.table(
      ["shot", "from", "to", "length", "first frame", "last frame", "score"].map { ($0, false) }, rows: rows)
  }

  private var method: Markup {
    """
    <h2>How shots are found</h2>
    <p>A network scores each frame by the 50 frames on either side of it. A shot ends with a frame whose score is above a threshold;
    frames of a longer transition belong to no shot. The score of a shot is the highest one of its frames.</p>
    """
  }

  /// Returns a picture from the middle of each shot.
  private static func pictures(of shots: [VideoShots.Shot], path: String) throws -> [[UInt8]] {
    let reader = try VideoReader(path: path)
    return try reader.withTimeline { timeline in
      let numbers = shots.map { min(($0.startFrame + $0.endFrame) / 2, timeline.count - 1) }
      var pictures: [[UInt8]] = []
      try reader.decodeFrames(numbers) { _, frame in pictures.append(try frame.jpeg(height: 120)) }
      return pictures
    }
  }
}
