#if VIDEO_USES_FFMPEG
  import CFFmpeg

  /// Decodes pictures in order of presentation, and moves between points of the stream.
  final class PictureDecoder {
    /// A decoded picture, valid until the next one is asked for, and its timestamp.
    struct Picture {
      let frame: UnsafeMutablePointer<AVFrame>
      let ticks: Int64
    }

    private(set) var damage: VideoError?
    /// Whether anything could be decoded.
    private(set) var hasGivenPictures = false

    private let demuxer: Demuxer
    private let clock: Clock
    private var codec: UnsafeMutablePointer<AVCodecContext>?
    private var packet: UnsafeMutablePointer<AVPacket>?
    private var frame: UnsafeMutablePointer<AVFrame>?
    private var held: UnsafeMutablePointer<AVFrame>?
    /// Timestamps from one frame to the next at the average rate.
    private let frameTicks: Int64
    private var pending: Picture?
    private var lastTicks: Int64?
    /// Pictures before this that no other picture refers to are left out: it takes less time to get to what is wanted.
    private var neededFrom = Int64.min
    private var isDraining = false
    private var drainErrors = 0
    /// Whether the decoder started within the stream: then its first complaints may only mean that it lacks what came
    /// before.
    private var isCatchingUp = false
    /// Whether a search may have ended between key frames (MPEG-TS); some decoders would make do without references.
    private var isAwaitingKeyFrame = false

    init(demuxer: Demuxer, threads: Int) throws {
      self.demuxer = demuxer
      clock = demuxer.clock
      let rate = demuxer.averageFrameRate
      frameTicks = Int64(exactly: min(Double(clock.second) / (rate > 0 ? rate : 25), 1e15).rounded()) ?? 1
      packet = av_packet_alloc()
      frame = av_frame_alloc()
      held = av_frame_alloc()
      codec = try PictureDecoder.openCodec(demuxer, threads: threads)
      guard packet != nil, frame != nil, held != nil else { throw VideoError.outOfMemory(path: demuxer.path) }
    }

    deinit {
      avcodec_free_context(&codec)
      av_frame_free(&frame)
      av_frame_free(&held)
      av_packet_free(&packet)
    }

    private static func openCodec(_ demuxer: Demuxer, threads: Int) throws -> UnsafeMutablePointer<AVCodecContext> {
      let parameters = demuxer.stream.pointee.codecpar
      let name = parameters.map { String(cString: avcodec_get_name($0.pointee.codec_id)) } ?? "an unknown codec"
      guard let parameters, let decoder = avcodec_find_decoder(parameters.pointee.codec_id) else {
        throw VideoError.unsupportedCodec(path: demuxer.path, codec: name)
      }
      var codec = avcodec_alloc_context3(decoder)
      guard let context = codec else { throw VideoError.outOfMemory(path: demuxer.path) }
      context.pointee.thread_count = Int32(min(max(threads, 1), 64))
      context.pointee.max_pixels = Int64(Demuxer.maximumArea)
      context.pointee.pkt_timebase = demuxer.clock.timeBase
      guard avcodec_parameters_to_context(context, parameters) >= 0, avcodec_open2(context, decoder, nil) >= 0 else {
        avcodec_free_context(&codec)
        throw VideoError.unsupportedCodec(path: demuxer.path, codec: name)
      }
      return context
    }

    /// The next picture, or nil at the end.
    func next() throws -> Picture? {
      if let picture = pending {
        pending = nil
        return picture
      }
      guard let codec, let packet, let frame else { return nil }
      while true {
        let code = avcodec_receive_frame(codec, frame)
        if code == 0 { return picture(from: frame) }
        if code == video_error_end {
          noteEarlyEnd()
          return nil
        }
        if code == video_error_again {
          if isDraining { return nil }
          try feed(codec, packet)
        } else {
          try note(code)
          // What is left of a damaged stream is little; a decoder that only complains must not hold us.
          drainErrors += isDraining ? 1 : 0
          if drainErrors > 64 { return nil }
        }
      }
    }

    /// The last picture at or before a timestamp; the first after it if there is none; nil if there are no pictures.
    func last(notAfter ticks: Int64) throws -> Picture? {
      guard let held else { return nil }
      try moveBack(to: ticks)
      var best: Picture?
      while let picture = try next() {
        if picture.ticks > ticks, best != nil {
          pending = picture
          break
        }
        av_frame_unref(held)
        guard av_frame_ref(held, picture.frame) >= 0 else { throw VideoError.outOfMemory(path: demuxer.path) }
        best = Picture(frame: held, ticks: picture.ticks)
        if picture.ticks >= ticks { break }
      }
      return best
    }

    /// Makes ``next()`` give a picture again.
    func putBack(_ picture: Picture) { pending = picture }

    /// Goes to a point from which ``next()`` gives all pictures at or after a timestamp, and some of those before it.
    func move(to ticks: Int64) throws {
      // Before the first picture nothing is behind us.
      let position = pending?.ticks ?? lastTicks.map { $0 &+ 1 }
      if position.map({ $0 <= ticks }) ?? true, ticks >= neededFrom {
        let current = position ?? clock.startTicks
        if ticks &- current <= clock.second || demuxer.hasNoKeyFrame(after: current, upTo: ticks) {
          neededFrom = ticks
          return
        }
      }
      try moveBack(to: ticks)
      neededFrom = ticks
    }

    /// Goes to a key frame at or before a timestamp, whatever is nearer.
    ///
    /// Containers may be wrong about where their key frames are shown (MPEG-TS knows decoding times only; pictures that
    /// follow a key frame may be shown before it), so this counts only if the first picture is not too late.
    func moveBack(to ticks: Int64) throws {
      pending = nil
      for margin in [0, 1, 8, 64].map({ $0 * clock.second }) where ticks &- margin > clock.startTicks {
        guard demuxer.seek(to: ticks &- margin) else { break }
        reset(isCatchingUp: true)
        if let first = try next(), first.frame.pointee.best_effort_timestamp != video_no_timestamp, first.ticks <= ticks
        {
          pending = first
          return
        }
      }
      try demuxer.rewind()
      reset(isCatchingUp: false)
    }

    private func reset(isCatchingUp: Bool) {
      avcodec_flush_buffers(codec)
      isDraining = false
      drainErrors = 0
      lastTicks = nil
      pending = nil
      neededFrom = .min
      self.isCatchingUp = isCatchingUp
      isAwaitingKeyFrame = isCatchingUp
    }

    private func feed(
      _ codec: UnsafeMutablePointer<AVCodecContext>, _ packet: UnsafeMutablePointer<AVPacket>
    ) throws {
      switch demuxer.read(packet) {
      case .packet:
        if isAwaitingKeyFrame, packet.pointee.flags & AV_PKT_FLAG_KEY == 0 {
          av_packet_unref(packet)
          return
        }
        isAwaitingKeyFrame = false
        if packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 { note("a packet is incomplete") }
        let time = packet.pointee.pts
        let isNeeded = time == video_no_timestamp || time >= neededFrom
        codec.pointee.skip_frame = isNeeded ? AVDISCARD_DEFAULT : AVDISCARD_NONREF
        let code = avcodec_send_packet(codec, packet)
        av_packet_unref(packet)
        if code < 0 { try note(code) }
      case .end:
        drain(codec)
      case .failed(let code):
        drain(codec)
        try note(code)
      }
    }

    private func drain(_ codec: UnsafeMutablePointer<AVCodecContext>) {
      isDraining = true
      avcodec_send_packet(codec, nil)
    }

    private func picture(from frame: UnsafeMutablePointer<AVFrame>) -> Picture {
      isCatchingUp = false
      hasGivenPictures = true
      var ticks = frame.pointee.best_effort_timestamp
      if ticks == video_no_timestamp { ticks = lastTicks.map { $0 &+ frameTicks } ?? clock.startTicks }
      if frame.pointee.decode_error_flags != 0 { note("a frame is incomplete", at: ticks) }
      lastTicks = ticks
      return Picture(frame: frame, ticks: ticks)
    }

    /// Remembers FFmpeg's complaint.
    private func note(_ code: Int32) throws {
      if code == video_error_memory { throw VideoError.outOfMemory(path: demuxer.path) }
      note(FFmpegLibrary.message(code))
    }

    private func note(_ reason: String, at ticks: Int64? = nil) {
      guard damage == nil, !isCatchingUp else { return }
      let seconds = clock.seconds(at: ticks ?? lastTicks ?? clock.startTicks)
      damage = .damaged(path: demuxer.path, seconds: seconds, reason: reason)
    }

    /// Matroska ends without an error wherever it is cut; its stated length tells.
    private func noteEarlyEnd() {
      guard let stated = demuxer.taggedDuration, let lastTicks else { return }
      let end = clock.seconds(at: lastTicks &+ 2 &* frameTicks) + 0.5
      if end < stated { note("the file ends before its stated length of \(stated) s") }
    }
  }
#endif
