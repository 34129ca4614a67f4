import Reports
import Foundation
import Tensors
import Video

/// The page of a timeline: the video as a strip of pictures, its segments below it, and the scores of each class.
public struct TimelinePage {
  /// A picture of the video.
  private struct Thumbnail {
    /// The time at which it is shown, in seconds.
    let time: Double
    /// The picture as a JPEG file.
    let jpeg: [UInt8]
  }

  /// The largest number of pictures in a strip.
  private static let thumbnailLimit = 16
  /// The largest number of classes with a chart.
  private static let chartLimit = 8

  private let timeline: VideoTimeline
  private let name: String
  private let model: String
  private let thumbnails: [Thumbnail]
  /// The number of a color for the index of each class.
  private let colours: [Int: Int]

  /// Creates the page of a video's timeline.
  ///
  /// - Parameters:
  ///   - timeline: The timeline of the video.
  ///   - path: The video file.
  ///   - model: The name of the model.
  /// - Throws: `FileError` or `VideoError` if its pictures cannot be read.
  public init(_ timeline: VideoTimeline, path: String, model: String) throws {
    self.timeline = timeline
    self.model = model
    name = FileSystem.name(of: path)
    colours = Dictionary(uniqueKeysWithValues: timeline.classes.enumerated().map { ($1, $0 % 8) })
    thumbnails = try Self.thumbnails(of: path, duration: timeline.duration)
  }

  /// Returns a self-contained page of HTML.
  ///
  /// - Parameter origin: How the page was made.
  public func html(origin: PageOrigin = PageOrigin()) -> String {
    Page.document(
      title: "\(name): timeline", model: model, origin: origin, notes: method,
      """
      \(headline)
      <section class="timeline"><h2>Over time</h2>
      <div class="film">\(pictures)</div>
      <div class="spans" role="list" aria-label="\(timeline.segments.count) segments">\(chips)</div>
      \(Chart(x: time, y: Axis("", 0...1), label: "time in seconds", style: "axisonly").markup(""))
      \(legend)
      </section>
      <section class="timeline"><h2>Scores</h2>
      <p class="lead">Probability of each class: thin for single clips, thick averaged; shaded where the class is shown.</p>
      \(charts)
      </section>
      <div class="columns"><div><section><h2>By class</h2><div class="bars">\(totals)</div></section></div>
      <div><section><h2>Segments</h2>\(table)</section></div></div>
      """
    ).text
  }

  private func colour(_ index: Int) -> Markup { "k\(colours[index] ?? 0)" }

  private var time: Axis { Axis("time, s", 0...max(timeline.duration, 1e-3), parts: 10, isTight: true) }

  private var headline: Markup {
    let clipLength = timeline.moments.first.map { $0.end - $0.start } ?? 0
    let most = timeline.totals.first
    let longest = timeline.segments.max { $0.seconds < $1.seconds }
    return Page.header(
      eyebrow: "Timeline", title: name,
      facts: [
        "\(timeline.duration.fixed(1)) s", model,
        "\(timeline.moments.count) clip\(timeline.moments.count == 1 ? "" : "s") of \(clipLength.fixed(1)) s",
        timeline.damage ?? "",
      ],
      figures: [
        most.map {
          Page.figure(
            "most of the time", $0.label, "",
            "\($0.seconds.fixed(1)) of \(timeline.duration.fixed(1)) s, \(($0.share * 100).fixed(0)) %")
        },
        longest.map {
          Page.figure(
            "longest segment", $0.seconds.fixed(1), "s",
            "\($0.label), from \($0.start.fixed(1)) to \($0.end.fixed(1)) s")
        },
        Page.figure(
          "segments", "\(timeline.segments.count)", "",
          "of \(timeline.totals.count) class\(timeline.totals.count == 1 ? "" : "es")"),
      ].compactMap { $0 })
  }

  private var pictures: [Markup] {
    thumbnails.map { thumbnail -> Markup in
      let data = Data(thumbnail.jpeg).base64EncodedString()
      return "<img alt=\"at \(thumbnail.time.fixed(1)) s\" src=\"data:image/jpeg;base64,\(data)\">"
    }
  }

  private var chips: [Markup] {
    var number = 0
    return timeline.stretches.map { stretch in
      guard let segment = stretch.segment else { return gap(stretch.span) }
      defer { number += 1 }
      return chip(number, segment)
    }
  }

  private func gap(_ span: Range<Double>) -> Markup {
    let width = 100 * (span.upperBound - span.lowerBound) / max(timeline.duration, 1e-9)
    let tip = "\(VideoTimeline.noPictures)\n\(span.lowerBound.fixed(1)) to \(span.upperBound.fixed(1)) s"
    return
      "<div role=\"listitem\" class=\"hole\" style=\"width:\(width)%\" aria-label=\"\(tip)\" title=\"\(tip)\"></div>"
  }

  /// A segment on the time scale. Its label is drawn only if it fits.
  private func chip(_ number: Int, _ segment: VideoTimeline.Segment) -> Markup {
    let width = 100 * segment.seconds / max(timeline.duration, 1e-9)
    return """
      <div role="listitem" class="span \(colour(segment.index))" style="width:\(width)%" data-step="\(number)" tabindex="0" \
      aria-label="\(tip(segment))" title="\(tip(segment))"><span data-fits>\(segment.label)</span></div>
      """
  }

  private func tip(_ segment: VideoTimeline.Segment) -> String {
    "\(segment.label)\n\(segment.start.fixed(1)) to \(segment.end.fixed(1)) s\nmean score \((Double(segment.score) * 100).fixed(0)) %"
  }

  private var legend: Markup {
    let keys = timeline.totals.map { total -> Markup in
      "<span class=\"key \(colour(total.index))\"><i></i>\(total.label)</span>"
    }
    return "<p class=\"legend\">\(keys)</p>"
  }

  /// The charts of the classes' scores, all on one time scale.
  private var charts: [Markup] {
    let classes = timeline.classes.prefix(Self.chartLimit)
    return classes.map { index in
      let chart = Chart(
        x: time, y: Axis(timeline.labels[index], 0...100, unit: " %", parts: 2),
        label: "\(timeline.labels[index]): score in % by time in seconds", height: 72, style: "trace",
        mark: "<span class=\"\(colour(index))\"><i class=\"dot\"></i></span>")
      let shown = timeline.segments.filter { $0.index == index }.map { segment -> Markup in
        let (x, end) = (chart.x.place(segment.start), chart.x.place(segment.end))
        return
          "<rect class=\"shown \(colour(index))\" x=\"\(100 * x)%\" y=\"0\" width=\"\(100 * (end - x))%\" height=\"100%\"/>"
      }
      let curves = timeline.parts.map { part -> Markup in
        let moments = timeline.moments[part.clips]
        let raw = moments.map { (x: $0.middle, y: 100 * Double($0.scores[index])) }
        let mean = zip(moments, part.meanScores).map { (x: $0.middle, y: 100 * Double($1[index])) }
        return "\(chart.curve(raw, "curve faint \(colour(index))"))\(chart.curve(mean, "curve \(colour(index))"))"
      }
      return chart.markup("\(shown)\(Chart.stretched("\(curves)"))")
    }
  }

  private var totals: [Markup] {
    let most = timeline.totals.first?.seconds ?? 0
    return timeline.totals.map { total in
      """
      <div class="bar \(colour(total.index))"><span class="label">\(total.label)</span>
      <span class="track"><i style="width:\(100 * total.seconds / max(most, 1e-9))%"></i></span>
      <span class="value">\(total.seconds.fixed(1)) s</span><span class="value">\((total.share * 100).fixed(0)) %</span></div>
      """
    }
  }

  private var table: Markup {
    let rows = timeline.segments.enumerated().map { number, segment -> Markup in
      """
      <tr data-step="\(number)"><td class="text \(colour(segment.index))"><i class="dot"></i>\(segment.label)</td>\
      <td>\(segment.start.fixed(2)) s</td><td>\(segment.end.fixed(2)) s</td><td>\(segment.seconds.fixed(2)) s</td>\
      <td>\((Double(segment.score) * 100).fixed(0)) %</td></tr>
      """
    }
    let columns: [(name: String, isText: Bool)] = [
      ("class", true), ("from", false), ("to", false), ("length", false), ("score", false),
    ]
    return Page.table(columns, rows: rows)
  }

  private var method: Markup {
    let smoothing = timeline.smoothing
    return """
      <h2>How segments are formed</h2>
      <p>Scores of a clip are averaged over the clips within \(smoothing.window ?? 0, decimals: 2) s around it. The class changes where another one
      leads by more than \(smoothing.margin, decimals: 2), and segments shorter than \(smoothing.shortest ?? 0, decimals: 2) s are merged into a
      neighbor. A segment reaches to halfway between the middles of the clips on both sides of a change; its score is the mean of
      the single clips' probabilities.</p>
      """
  }

  /// Returns pictures spread evenly over the video, each from the middle of its part.
  private static func thumbnails(of path: String, duration: Double) throws -> [Thumbnail] {
    let reader = try VideoReader(path: path)
    return try reader.withTimeline { timeline in
      let numbers = (0..<thumbnailLimit).map { index in
        let time = duration * (Double(index) + 0.5) / Double(thumbnailLimit)
        return timeline.frames(from: time, duration: 0).lowerBound
      }
      var thumbnails: [Thumbnail] = []
      // A short video has fewer frames than the limit.
      try reader.decodeFrames(Set(numbers).sorted()) { _, frame in
        thumbnails.append(Thumbnail(time: frame.timestamp, jpeg: try frame.jpeg(height: 96)))
      }
      return thumbnails
    }
  }
}
