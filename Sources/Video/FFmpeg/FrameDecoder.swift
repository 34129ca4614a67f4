#if VIDEO_USES_FFMPEG
  import CFFmpeg
  import Preprocessing
  import Tensors

  /// Decodes one file: frames in order, exact seeking, and the frames of a clip.
  final class FrameDecoder {
    let info: VideoInfo
    var damage: VideoError? { pictures.damage }
    /// Seconds from one timestamp to the next.
    var tick: Double { clock.seconds(at: clock.startTicks &+ 1) }

    private let path: String
    private let pictures: PictureDecoder
    private let converter: FrameConverter
    private let clock: Clock
    private var counter: PacketCounter?
    /// Frames before this are decoded, and not given out.
    private var skipBefore: Int64?

    init(path: String, threads: Int) throws {
      self.path = path
      let demuxer = try Demuxer(path: path)
      info = try demuxer.info()
      clock = demuxer.clock
      pictures = try PictureDecoder(demuxer: demuxer, threads: threads)
      let stored = demuxer.stream.pointee.codecpar.pointee
      converter = try FrameConverter(
        path: path, width: Int(stored.width), height: Int(stored.height),
        orientation: Orientation(displayMatrix: video_display_matrix(demuxer.stream)))
    }

    func nextFrame() throws -> Frame? {
      while let picture = try pictures.next() {
        if let skipBefore, picture.ticks < skipBefore { continue }
        skipBefore = nil
        return try frame(from: picture)
      }
      guard pictures.hasGivenPictures else { throw VideoError.noFrames(path: path) }
      return nil
    }

    func seek(to seconds: Double) throws {
      let target = clock.ticks(at: seconds)
      try pictures.move(to: target)
      skipBefore = target
    }

    func readFrames(
      from start: Double, duration: Double, count: Int, _ body: (Frame, [Int]) throws -> Void
    ) throws -> Int {
      let lower = clock.ticks(at: start)
      let span = lower..<max(lower, clock.ticks(at: start + max(0, duration)))
      let counter = try self.counter ?? PacketCounter(path: path)
      self.counter = counter
      var expected = counter.count(in: span) ?? 0
      // First by the packets' count, then by the decoder's. That settles it, unless the stream is damaged and how decoder
      // threads patch it up depends on their timing.
      for _ in 0..<3 {
        let available = try readFrames(in: span, available: expected, count: count, body)
        if available == expected {
          if available == 0, count > 0 { try showPicture(at: span.lowerBound, count: count, body) }
          return available
        }
        expected = available
      }
      throw VideoError.damaged(path: path, seconds: start, reason: "each decoding gives other frames")
    }

    /// Gives `body` the picture on screen at a time for all places.
    private func showPicture(at ticks: Int64, count: Int, _ body: (Frame, [Int]) throws -> Void) throws {
      guard let shown = try pictures.last(notAfter: ticks) else { throw VideoError.noFrames(path: path) }
      try body(frame(from: shown), Array(0..<count))
    }

    /// Decodes a span; gives out the frames for `count` places on the assumption that there are `available` frames.
    ///
    /// - Returns: how many frames there are.
    private func readFrames(
      in span: Range<Int64>, available: Int, count: Int, _ body: (Frame, [Int]) throws -> Void
    ) throws -> Int {
      let wanted = TemporalSubsample.indices(available: available, count: count)
      var place = 0
      var index = 0
      try pictures.move(to: span.lowerBound)
      skipBefore = nil
      while let picture = try pictures.next() {
        if picture.ticks < span.lowerBound { continue }
        if picture.ticks >= span.upperBound {
          pictures.putBack(picture)
          break
        }
        let first = place
        while place < wanted.count, wanted[place] == index { place += 1 }
        if place > first { try body(frame(from: picture), Array(first..<place)) }
        index += 1
      }
      return index
    }

    private func frame(from picture: PictureDecoder.Picture) throws -> Frame {
      try converter.frame(from: picture.frame, timestamp: clock.seconds(at: picture.ticks))
    }
  }
#endif
