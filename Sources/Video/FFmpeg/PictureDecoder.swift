#if VIDEO_USES_FFMPEG
  import CFFmpeg

  /// Decodes pictures in order of presentation, from the beginning or a key frame.
  ///
  /// A picture is identified by the index of its packet in the file: packets are sent with that instead of their times,
  /// which containers leave out, repeat, and change after a seek. Of a live video, times are all that there is.
  final class PictureDecoder {
    /// A decoded picture, valid until the next one is requested, and its packet, if the decoder says it.
    struct Picture {
      let frame: UnsafeMutablePointer<AVFrame>
      let packet: Int?
    }

    /// The first error, and the packet by which it occurred.
    private(set) var damage: (reason: String, packet: Int)?
    /// The number of errors.
    private(set) var errorCount = 0
    /// The error of the demuxer that ended reading.
    private(set) var readingError: Int32?
    /// The number of decoded pictures.
    private(set) var count = 0
    /// The packet that is read next.
    private(set) var nextPacket = 0
    /// For each packet, whether its picture is not needed; it is skipped if it is not a reference for others.
    var unwanted: [Bool] = []
    /// The packets that were skipped since the last seek.
    private(set) var leftOut: Set<Int> = []

    private let demuxer: Demuxer
    private let isLive: Bool
    /// The number of threads that the decoder uses.
    private(set) var threads: Int
    private var codec: UnsafeMutablePointer<AVCodecContext>?
    private var packet: UnsafeMutablePointer<AVPacket>?
    private var frame: UnsafeMutablePointer<AVFrame>?
    /// Whether `packet` contains one that was already read.
    private var isPacketWaiting = false
    private let disposable: DisposablePackets?
    private var isDraining = false
    private var drainErrors = 0
    /// Whether the decoder started within the stream: then its first errors may only mean that it lacks what came
    /// before.
    private var isCatchingUp: Bool

    /// Opens the decoder of a video.
    ///
    /// - Parameters:
    ///   - demuxer: The open video.
    ///   - threads: The number of threads that the decoder may use.
    ///   - isLive: Whether pictures keep the times of their packets, and decoding may begin anywhere.
    init(demuxer: Demuxer, threads: Int, isLive: Bool = false) throws {
      self.demuxer = demuxer
      self.isLive = isLive
      isCatchingUp = isLive
      self.threads = threads
      disposable = demuxer.stream.pointee.codecpar.flatMap { DisposablePackets($0.pointee) }
      packet = av_packet_alloc()
      frame = av_frame_alloc()
      guard packet != nil, frame != nil else { throw VideoError.outOfMemory(path: demuxer.path) }
      try openCodec()
    }

    deinit {
      avcodec_free_context(&codec)
      av_frame_free(&frame)
      av_packet_free(&packet)
    }

    private func openCodec() throws {
      avcodec_free_context(&codec)
      let parameters = demuxer.stream.pointee.codecpar
      let name = parameters.map { String(cString: avcodec_get_name($0.pointee.codec_id)) } ?? "an unknown codec"
      guard let parameters, let decoder = avcodec_find_decoder(parameters.pointee.codec_id) else {
        throw VideoError.unsupportedCodec(path: demuxer.path, codec: name)
      }
      codec = avcodec_alloc_context3(decoder)
      guard let context = codec else { throw VideoError.outOfMemory(path: demuxer.path) }
      // FFmpeg's threads conceal errors of MPEG-4 part 2 differently from run to run.
      let isRepeatable = parameters.pointee.codec_id != AV_CODEC_ID_MPEG4
      context.pointee.thread_count = isRepeatable ? Int32(min(max(threads, 1), 64)) : 1
      context.pointee.max_pixels = Int64(Demuxer.maximumArea)
      guard avcodec_parameters_to_context(context, parameters) >= 0, avcodec_open2(context, decoder, nil) >= 0 else {
        throw VideoError.unsupportedCodec(path: demuxer.path, codec: name)
      }
    }

    /// Returns the next picture, or nil at the end.
    func next() throws -> Picture? {
      guard let codec, let packet, let frame else { return nil }
      while true {
        try demuxer.interruption()
        let code = avcodec_receive_frame(codec, frame)
        if code == 0 { return picture(from: frame) }
        if code == video_error_end { return nil }
        if code == video_error_again {
          if isDraining { return nil }
          try feed(codec, packet)
        } else {
          try note(code)
          // Little is left of a damaged stream; a decoder that only reports errors must not loop.
          drainErrors += isDraining ? 1 : 0
          if drainErrors > 64 { return nil }
        }
      }
    }

    /// Returns to the beginning, as if nothing had been decoded.
    ///
    /// - Parameter threads: The number of threads that the decoder uses from now on; nil for no change.
    func restart(threads: Int? = nil) throws {
      try demuxer.rewind()
      self.threads = threads ?? self.threads
      try openCodec()
      reset(nextPacket: 0, isCatchingUp: false)
    }

    /// Forgets damage in a part that will be decoded again.
    func forgetDamage() { damage = nil }

    /// Seeks to a key frame: ``next()`` then starts with its picture.
    ///
    /// - Returns: False if it cannot be found; then only ``restart(threads:)`` works.
    func start(at entry: FrameIndex.Entry) -> Bool {
      for attempt in 0..<3 where demuxer.seek(to: entry, attempt: attempt) {
        guard find(entry) else { continue }
        avcodec_flush_buffers(codec)
        reset(nextPacket: entry.packet, isCatchingUp: true)
        isPacketWaiting = true
        return true
      }
      return false
    }

    /// Reads on to an entry's packet, as a seek may end before it.
    private func find(_ entry: FrameIndex.Entry) -> Bool {
      guard let packet else { return false }
      for _ in 0..<4096 {
        av_packet_unref(packet)
        guard case .packet = demuxer.read(packet) else { return false }
        if packet.pointee.pos == entry.position, Int(packet.pointee.size) == entry.size { return true }
        if packet.pointee.pos > entry.position { return false }
      }
      return false
    }

    private func reset(nextPacket: Int, isCatchingUp: Bool) {
      if !isCatchingUp, let packet { av_packet_unref(packet) }
      isPacketWaiting = false
      isDraining = false
      drainErrors = 0
      leftOut = []
      self.nextPacket = nextPacket
      self.isCatchingUp = isCatchingUp
    }

    private func feed(
      _ codec: UnsafeMutablePointer<AVCodecContext>, _ packet: UnsafeMutablePointer<AVPacket>
    ) throws {
      if !isPacketWaiting {
        switch demuxer.read(packet) {
        case .packet: break
        case .end: return drain(codec)
        case .failed(let code):
          // A damaged container may ask for any amount of memory: that is not the machine's fault.
          drain(codec)
          readingError = code
          return note(FFmpegLibrary.message(code))
        }
      }
      isPacketWaiting = false
      if packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 { note("a packet is incomplete") }
      if unwanted.indices.contains(nextPacket), unwanted[nextPacket], disposable?.contains(packet.pointee) == true {
        leftOut.insert(nextPacket)
        nextPacket += 1
        av_packet_unref(packet)
        return
      }
      if !isLive {
        packet.pointee.pts = Int64(nextPacket)
        packet.pointee.dts = video_no_timestamp
      }
      nextPacket += 1
      let code = avcodec_send_packet(codec, packet)
      av_packet_unref(packet)
      if code < 0 { try note(code) }
    }

    private func drain(_ codec: UnsafeMutablePointer<AVCodecContext>) {
      isDraining = true
      avcodec_send_packet(codec, nil)
    }

    private func picture(from frame: UnsafeMutablePointer<AVFrame>) -> Picture {
      isCatchingUp = false
      count += 1
      let packet = isLive || frame.pointee.pts == video_no_timestamp ? nil : Int(frame.pointee.pts)
      if frame.pointee.decode_error_flags != 0 { note("a frame is incomplete", packet: packet) }
      return Picture(frame: frame, packet: packet)
    }

    /// Records FFmpeg's error.
    private func note(_ code: Int32) throws {
      if code == video_error_memory { throw VideoError.outOfMemory(path: demuxer.path) }
      note(FFmpegLibrary.message(code))
    }

    private func note(_ reason: String, packet: Int? = nil) {
      guard !isCatchingUp else { return }
      errorCount += 1
      guard damage == nil else { return }
      damage = (reason, packet ?? nextPacket)
    }
  }
#endif
