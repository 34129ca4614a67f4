#if VIDEO_USES_FFMPEG
  import CFFmpeg
  import Preprocessing
  import Tensors

  /// Decodes one video: frames in order, and frames by number.
  final class FrameDecoder {
    private(set) var info: VideoInfo
    var timeline: FrameTimeline { index.timeline }
    var decodedFrameCount: Int { pictures.count }

    private let path: String
    private let demuxer: Demuxer
    private let scan: PacketScan
    private let pictures: PictureDecoder
    private let converter: FrameConverter
    private var index: FrameIndex
    /// The number of the frame that was decoded last; −1 at the beginning, nil after a seek.
    private var last: Int? = -1
    /// Whether decoding started at the beginning.
    private var isFromStart = true
    /// Whether seeking gave the frames of the index, as far as it was tried.
    private var canSearch: Bool
    /// Whether pictures that are not needed may be skipped, as far as it was tried.
    private var canLeaveOut = true
    /// The time in seconds at which ``nextFrame()`` continues.
    private var target: Double?
    /// Whether the end was reached.
    private var hasEnded = false

    init(
      _ contents: VideoContents, scaledTo frameSize: FrameSize?, threads: Int, interruption: @escaping () throws -> Void
    ) throws {
      path = contents.name
      let demuxer = try Demuxer(contents, interruption: interruption)
      let scan = try PacketScan(demuxer)
      let pictures = try PictureDecoder(demuxer: demuxer, threads: threads)
      let stored = demuxer.stream.pointee.codecpar.pointee
      var size = (width: Int(stored.width), height: Int(stored.height))
      var format = AVPixelFormat(stored.format)
      if size.width <= 0 || size.height <= 0 {
        // Some files leave it to the first picture.
        guard let first = try pictures.next() else { throw VideoError.noFrames(path: path) }
        size = (Int(first.frame.pointee.width), Int(first.frame.pointee.height))
        format = AVPixelFormat(first.frame.pointee.format)
        try pictures.restart()
        pictures.forgetDamage()
      }
      guard Demuxer.isSupportedSize(width: size.width, height: size.height) else {
        throw VideoError.unsupportedSize(path: path, width: size.width, height: size.height)
      }
      let isTold = demuxer.tellsFrames && !scan.isDoubtful
      let told = isTold ? FrameIndex(scan.packets, tick: demuxer.tick) : nil
      let index = try told ?? FrameDecoder.decodeAll(demuxer, scan, pictures)
      info = demuxer.info(index, width: size.width, height: size.height, pixelFormat: format)
      converter = try FrameConverter(
        path: path, width: size.width, height: size.height, scaledTo: frameSize, orientation: demuxer.orientation)
      canSearch = demuxer.isSearchable
      (self.demuxer, self.scan, self.pictures, self.index) = (demuxer, scan, pictures, index)
      if told == nil { keepOrder() }
    }

    /// What is wrong with the file as far as is known: what its packets show, or else the first error in decoding.
    var damage: VideoError? {
      guard let (reason, packet) = scan.damage ?? pictures.damage.map({ ($0.reason, $0.packet) }) else { return nil }
      // A packet without a frame has the time of the nearest one with a frame.
      let seconds = packet.flatMap { index.seconds(ofPacket: $0) ?? index.seconds(ofPacket: $0 - 1) }
      return .damaged(path: path, seconds: seconds ?? timeline.duration, reason: reason)
    }

    /// Replaces the index by that of the decoded frames, and returns to the beginning.
    func decodeAll() throws {
      (target, hasEnded) = (nil, false)
      pictures.unwanted = []
      try go(to: nil)
      index = try FrameDecoder.decodeAll(demuxer, scan, pictures)
      info.set(timeline)
      keepOrder()
    }

    /// Returns the index of the frames that decoding the whole file gives; the decoder is at the beginning afterwards.
    private static func decodeAll(
      _ demuxer: Demuxer, _ scan: PacketScan, _ pictures: PictureDecoder
    ) throws -> FrameIndex {
      var packets: [Int?] = []
      func decode() throws {
        pictures.forgetDamage()
        packets = []
        while let picture = try pictures.next() { packets.append(picture.packet) }
      }
      try decode()
      if pictures.damage != nil, pictures.threads > 1 {
        // How several threads conceal damage depends on their timing.
        try pictures.restart(threads: 1)
        try decode()
      }
      try pictures.restart()
      return FrameIndex(scan.packets, decoded: packets, tick: demuxer.tick)
    }

    /// Makes a damaged video be decoded as it was for its index: the effect of damage depends on all that was decoded
    /// before.
    private func keepOrder() {
      guard pictures.damage != nil else { return }
      (canSearch, canLeaveOut) = (false, false)
    }

    func nextFrame() throws -> Frame? {
      if let target { return try frame(from: target) }
      guard !hasEnded else { return nil }
      let next = (last ?? -1) + 1
      if !pictures.leftOut.isEmpty, next < timeline.count {
        // Frames that are needed now may not have been before.
        do {
          return try frame(from: self.picture(next), number: next)
        } catch is RenumberedFrames { return next < timeline.count ? try frame(from: timeline.times[next]) : nil }
      }
      let picture = try pictures.next()
      let number = picture.flatMap { index.number(ofPacket: $0.packet, after: last) } ?? timeline.count
      if !index.isDecoded, number != next {
        try decodeAll()
        if next < timeline.count { return try frame(from: self.picture(next), number: next) }
      } else if let picture {
        // A damaged stream may give other frames each time.
        last = max(next, number)
        return try frame(from: picture, number: min(next, timeline.count - 1))
      }
      hasEnded = true
      if timeline.count == 0 { throw VideoError.noFrames(path: path) }
      return nil
    }

    /// Returns the first frame at or after a time.
    private func frame(from seconds: Double) throws -> Frame? {
      let number = timeline.firstFrame(from: seconds)
      hasEnded = number >= timeline.count
      if hasEnded { return nil }
      do {
        let frame = try frame(from: picture(number), number: number)
        target = nil
        return frame
      } catch is RenumberedFrames { return try frame(from: seconds) }
    }

    func seek(to seconds: Double) {
      target = seconds
      hasEnded = false
    }

    /// Decodes frames by their numbers, ascending.
    ///
    /// - Throws: ``RenumberedFrames`` if decoding showed that the frames differ from what the packets say.
    func decodeFrames(_ numbers: [Int], _ body: (Int, Frame) throws -> Void) throws {
      guard timeline.count > 0 else { throw VideoError.noFrames(path: path) }
      target = nil
      hasEnded = false
      pictures.unwanted = canLeaveOut ? index.packets(butOf: numbers) : []
      defer { pictures.unwanted = [] }
      for number in numbers { try body(number, frame(from: picture(number), number: number)) }
    }

    private func frame(from picture: PictureDecoder.Picture, number: Int) throws -> Frame {
      try converter.frame(
        from: picture.frame, timestamp: timeline.times.indices.contains(number) ? timeline.times[number] : 0)
    }
  }

  extension FrameDecoder {
    /// Returns the picture with a number: seeks to a key frame if that is nearer, or else decodes on.
    private func picture(_ number: Int) throws -> PictureDecoder.Picture {
      var entry = canSearch ? index.entry(before: number) : nil
      let isBehind = last.map { $0 >= number } ?? true
      if isBehind || (entry?.packet ?? 0) > pictures.nextPacket + FrameDecoder.worthSearching { try go(to: entry) }
      while true {
        guard let picture = try pictures.next(),
          let found = index.number(ofPacket: picture.packet, after: last),
          last.map({ index.isNext(found, after: $0, butFor: pictures.leftOut) }) ?? true
        else {
          entry = nil
          try resolveDifference(at: number)
          continue
        }
        last = found
        if found == number { return picture }
        if found > number {
          // Some key frames need the packets after them to be complete.
          entry = entry.flatMap { index.entry(before: $0.number - 1) }
          try go(to: entry)
        }
      }
    }

    /// Seeking costs a decoder with threads about as much as decoding this many frames.
    private static let worthSearching = 8

    /// Seeks to an entry, or to the beginning.
    private func go(to entry: FrameIndex.Entry?) throws {
      if let entry {
        if pictures.start(at: entry) {
          (last, isFromStart) = (nil, false)
          return
        }
        canSearch = false
      }
      try pictures.restart()
      (last, isFromStart) = (-1, true)
    }

    /// Decoding gave another frame than the index says.
    private func resolveDifference(at number: Int) throws {
      if !index.isDecoded {
        try decodeAll()
        throw RenumberedFrames()
      }
      if isFromStart {
        guard !pictures.leftOut.isEmpty else {
          throw VideoError.damaged(
            path: path, seconds: timeline.times[number], reason: "each decoding gives other frames")
        }
        canLeaveOut = false
        pictures.unwanted = []
      }
      canSearch = false
      try go(to: nil)
    }
  }
#endif
