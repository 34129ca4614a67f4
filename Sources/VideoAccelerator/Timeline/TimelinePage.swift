import Foundation
import Preprocessing
import Video

/// The page of a timeline: the video as a strip of pictures, what the model says below it.
public struct TimelinePage {
  /// A picture of the video.
  private struct Thumbnail {
    /// When it is shown, in seconds.
    let time: Double
    /// The picture as a JPEG file.
    let jpeg: [UInt8]
  }

  /// How many pictures a strip has at most.
  private static let thumbnailLimit = 16
  /// How many classes get a curve.
  private static let curveLimit = 8

  private let timeline: VideoTimeline
  private let name: String
  private let model: String
  private let thumbnails: [Thumbnail]

  /// The page of a video.
  ///
  /// - Parameters:
  ///   - timeline: What was said of the video.
  ///   - path: The video that the timeline is of.
  ///   - model: What the model is called.
  /// - Throws: `FileError` or `VideoError` if its pictures cannot be read.
  public init(_ timeline: VideoTimeline, path: String, model: String) throws {
    self.timeline = timeline
    self.model = model
    name = FileSystem.name(of: path)
    thumbnails = try Self.thumbnails(of: path, duration: timeline.duration)
  }

  /// One page of HTML that needs nothing else.
  public var html: String {
    Page.document(
      title: "\(name): timeline",
      """
      \(headline)
      <section><h2>Over time</h2>
      <p class="lead">What \(model) says of clips of \(clipLength.fixed(1)) s, one after the other. A segment reaches to halfway \
      between the middles of the clips on both sides of a change.</p>
      \(strip)
      </section>
      <section><h2>Segments</h2>\(table)</section>
      """
    ).text
  }

  private var clipLength: Double { timeline.moments.first.map { $0.end - $0.start } ?? 0 }

  private var headline: Markup {
    let longest = timeline.segments.max { $0.end - $0.start < $1.end - $1.start }
    return Page.header(
      eyebrow: "What a video shows, over time", title: name,
      facts: ["\(timeline.duration.fixed(1)) s", model, "\(timeline.moments.count) clips", timeline.damage ?? ""],
      figures: longest.map {
        [
          Page.figure("most of the time", $0.label, "", "\(($0.end - $0.start).fixed(1)) s in one piece"),
          Page.figure("segments", "\(timeline.segments.count)", "", "parts with one likeliest class"),
        ]
      } ?? [])
  }

  /// Pictures, the segments' bar and the curves, all on one scale of time: shares of the width.
  private var strip: Markup {
    let duration = max(timeline.duration, 1e-9)
    let colours = Dictionary(uniqueKeysWithValues: timeline.classes.enumerated().map { ($1, $0 % 8) })
    let pictures = thumbnails.map { thumbnail -> Markup in
      let data = Data(thumbnail.jpeg).base64EncodedString()
      return "<img alt=\"at \(thumbnail.time.fixed(1)) s\" src=\"data:image/jpeg;base64,\(data)\">"
    }
    let segments = timeline.segments.map { segment -> Markup in
      let share = Double(segment.score) * 100
      return """
        <div class="span k\(colours[segment.index] ?? 0)" style="width:\(100 * (segment.end - segment.start) / duration)%" \
        title="\(segment.label), \(segment.start.fixed(1)) – \(segment.end.fixed(1)) s, \(share.fixed(0)) %">\(segment.label)</div>
        """
    }
    let curves = timeline.classes.prefix(Self.curveLimit).map { index -> Markup in
      """
      <div class="trace k\(colours[index] ?? 0)"><span>\(timeline.labels[index])</span>
      <svg viewBox="0 0 1000 40" preserveAspectRatio="none" role="img" aria-label="\(timeline.labels[index]) over time">\
      <path d="\(path(of: index, duration: duration))"/></svg></div>
      """
    }
    return """
      <style>
      .film { display: flex; gap: 2px; overflow: hidden; border-radius: 8px; }
      .film img { flex: 1 1 0; min-width: 0; height: 72px; object-fit: cover; }
      .spans { display: flex; gap: 2px; margin: 6px 0 14px; }
      .span { background: var(--c); color: #fff; font-size: 13px; padding: 3px 0; border-radius: 5px; text-align: center;
        overflow: hidden; white-space: nowrap; text-overflow: ellipsis; min-width: 2px; }
      .trace { margin: 6px 0; } .trace span { font-size: 13px; color: var(--soft); }
      .trace svg { display: block; width: 100%; height: 40px; border-bottom: 1px solid var(--line); }
      .trace path { fill: var(--c); fill-opacity: 0.35; stroke: var(--c); stroke-width: 2; vector-effect: non-scaling-stroke; }
      </style>
      <div class="film">\(pictures)</div>
      <div class="spans">\(segments)</div>
      \(curves)
      """
  }

  private func path(of index: Int, duration: Double) -> String {
    let points = timeline.moments.map { moment in
      let x = 1000 * moment.middle / duration
      return "\(x.fixed(1)) \((38 - 36 * Double(moment.scores[index])).fixed(1))"
    }
    guard let first = timeline.moments.first, let last = timeline.moments.last else { return "" }
    let (from, to) = (1000 * first.middle / duration, 1000 * last.middle / duration)
    return "M\(from.fixed(1)) 40 L\(points.joined(separator: " L")) L\(to.fixed(1)) 40"
  }

  private var table: Markup {
    let rows = timeline.segments.map { segment -> Markup in
      """
      <tr><td class="text">\(segment.label)</td><td class="number">\(segment.start.fixed(2))</td>\
      <td class="number">\(segment.end.fixed(2))</td><td class="number">\((Double(segment.score) * 100).fixed(1))</td></tr>
      """
    }
    return Page.table([("class", true), ("from, s", false), ("to, s", false), ("mean score, %", false)], rows: rows)
  }

  /// Pictures spread evenly over the video, each from the middle of its part.
  private static func thumbnails(of path: String, duration: Double) throws -> [Thumbnail] {
    let reader = try VideoReader(path: path)
    let count = thumbnailLimit
    var thumbnails: [Thumbnail] = []
    for index in 0..<count {
      let time = duration * (Double(index) + 0.5) / Double(count)
      try reader.readFrames(from: time, duration: 1e-3, count: 1) { frame, _ in
        thumbnails.append(Thumbnail(time: time, jpeg: try frame.jpeg(height: 96)))
      }
    }
    return thumbnails
  }
}
