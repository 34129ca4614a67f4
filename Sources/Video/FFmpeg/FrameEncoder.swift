#if VIDEO_USES_FFMPEG
  import CFFmpeg
  import Preprocessing
  import Tensors

  /// Encodes frames to H.264 and writes them to a container.
  final class FrameEncoder {
    /// MPEG's clock; every usual frame rate is a whole number of its ticks, or nearly.
    private static let ticksPerSecond: Int32 = 90_000

    private let path: String
    private let width: Int, height: Int
    private let frameTicks: Int64
    private var muxer: UnsafeMutablePointer<AVFormatContext>?
    private var codec: UnsafeMutablePointer<AVCodecContext>?
    private var scaler: OpaquePointer?
    private var packet: UnsafeMutablePointer<AVPacket>?
    private var input: UnsafeMutablePointer<AVFrame>?
    private var picture: UnsafeMutablePointer<AVFrame>?
    private var lastTicks: Int64?

    /// Starts a file.
    ///
    /// - Parameters:
    ///   - path: The file to write.
    ///   - container: A path whose extension determines the container, and which errors name.
    init(path: String, container: String, width: Int, height: Int, encoding: VideoEncoding) throws {
      _ = FFmpegLibrary.silence
      self.path = container
      self.width = width
      self.height = height
      frameTicks = Int64((Double(FrameEncoder.ticksPerSecond) / max(encoding.framesPerSecond, 0.01)).rounded())
      if let problem = encoding.problem { throw VideoError.cannotEncode(path: container, reason: problem) }
      guard Demuxer.isSupportedSize(width: width, height: height) else {
        throw VideoError.unsupportedSize(path: container, width: width, height: height)
      }
      guard let format = av_guess_format(nil, container, nil) else {
        throw VideoError.cannotEncode(path: container, reason: "its extension names no video container")
      }
      // All are set here, as `deinit` frees them all when a later step throws.
      packet = av_packet_alloc()
      input = try PaddedPicture.make(AV_PIX_FMT_RGB24, width: width, height: height, path: container)
      let isOdd = width % 2 != 0 || height % 2 != 0
      let pixelFormat = isOdd ? AV_PIX_FMT_YUV444P : AV_PIX_FMT_YUV420P
      picture = try PaddedPicture.make(pixelFormat, width: width, height: height, path: container)
      scaler = sws_getContext(
        Int32(width), Int32(height), AV_PIX_FMT_RGB24, Int32(width), Int32(height), pixelFormat, SWS_BICUBIC, nil, nil,
        nil)
      guard packet != nil, scaler != nil else { throw VideoError.outOfMemory(path: container) }
      try openCodec(encoding, pixelFormat: pixelFormat, hasGlobalHeader: format.pointee.flags & AVFMT_GLOBALHEADER != 0)
      try openMuxer(format, at: path, rotation: encoding.rotation)
    }

    deinit {
      if let muxer {
        avio_closep(&muxer.pointee.pb)
        avformat_free_context(muxer)
      }
      avcodec_free_context(&codec)
      sws_freeContext(scaler)
      av_packet_free(&packet)
      av_frame_free(&input)
      av_frame_free(&picture)
    }

    func append(_ frame: Frame) throws {
      guard let codec, let scaler, let input, let picture else { return }
      guard frame.width == width, frame.height == height else {
        throw VideoError.cannotEncode(
          path: path,
          reason: "a frame of \(frame.width)x\(frame.height) pixels does not fit a video of \(width)x\(height)")
      }
      let time = (frame.timestamp * Double(FrameEncoder.ticksPerSecond)).rounded()
      guard time.isFinite, abs(time) < Double(1 << 50), lastTicks.map({ Int64(time) > $0 }) ?? true else {
        throw VideoError.cannotEncode(
          path: path, reason: "a frame at \(frame.timestamp) s cannot follow the one before it")
      }
      lastTicks = Int64(time)
      // The encoder may still hold the last picture.
      try check(av_frame_make_writable(picture))
      PaddedPicture.copy(frame, to: input)
      try check(sws_scale_frame(scaler, picture, input))
      picture.pointee.pts = Int64(time)
      try check(avcodec_send_frame(codec, picture))
      try writePackets()
    }

    func finish() throws {
      guard let codec, let muxer else { return }
      try check(avcodec_send_frame(codec, nil))
      try writePackets()
      try check(av_write_trailer(muxer))
      try check(avio_closep(&muxer.pointee.pb))
    }

    private func writePackets() throws {
      guard let codec, let muxer, let packet, let stream = muxer.pointee.streams[0] else { return }
      while true {
        let code = avcodec_receive_packet(codec, packet)
        if code == video_error_again || code == video_error_end { return }
        try check(code)
        packet.pointee.duration = frameTicks
        packet.pointee.stream_index = 0
        av_packet_rescale_ts(packet, codec.pointee.time_base, stream.pointee.time_base)
        try check(av_interleaved_write_frame(muxer, packet))
      }
    }

    private func openCodec(_ encoding: VideoEncoding, pixelFormat: AVPixelFormat, hasGlobalHeader: Bool) throws {
      guard let encoder = avcodec_find_encoder_by_name("libx264") else {
        throw VideoError.cannotEncode(path: path, reason: "this machine's FFmpeg has no libx264")
      }
      guard let codec = avcodec_alloc_context3(encoder) else { throw VideoError.outOfMemory(path: path) }
      self.codec = codec
      codec.pointee.width = Int32(width)
      codec.pointee.height = Int32(height)
      codec.pointee.pix_fmt = pixelFormat
      codec.pointee.time_base = AVRational(num: 1, den: FrameEncoder.ticksPerSecond)
      codec.pointee.framerate = av_d2q(encoding.framesPerSecond, 100_000)
      codec.pointee.gop_size = Int32(encoding.keyFrameInterval)
      codec.pointee.max_b_frames = Int32(encoding.bidirectionalFrames)
      if hasGlobalHeader { codec.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER }
      try check(av_opt_set(codec.pointee.priv_data, "crf", "\(encoding.constantRateFactor)", 0))
      // The same frames give the same bytes: x264's propagation of quality through time ("macroblock tree") reads undefined
      // memory where the processor has AVX-512, and decides by it.
      try check(av_opt_set(codec.pointee.priv_data, "mbtree", "0", 0))
      try check(avcodec_open2(codec, encoder, nil))
    }

    private func openMuxer(_ format: UnsafePointer<AVOutputFormat>, at file: String, rotation: Int) throws {
      try check(FFmpegLibrary.withFileURL(file) { avformat_alloc_output_context2(&muxer, format, nil, $0) })
      guard let muxer, let codec, let stream = avformat_new_stream(muxer, nil) else {
        throw VideoError.outOfMemory(path: path)
      }
      try check(avcodec_parameters_from_context(stream.pointee.codecpar, codec))
      stream.pointee.time_base = codec.pointee.time_base
      stream.pointee.avg_frame_rate = codec.pointee.framerate
      if rotation != 0 {
        guard let matrix = video_new_display_matrix(stream) else { throw VideoError.outOfMemory(path: path) }
        av_display_rotation_set(matrix, Double(rotation))
      }
      let code = FFmpegLibrary.withFileURL(file) { avio_open(&muxer.pointee.pb, $0, AVIO_FLAG_WRITE) }
      guard code >= 0 else { throw FileError(path: path, action: "write", code: -code) }
      // The index goes first, so that playing can start before the whole file is there.
      var options: OpaquePointer?
      av_dict_set(&options, "movflags", "+faststart", 0)
      defer { av_dict_free(&options) }
      try check(avformat_write_header(muxer, &options))
    }

    private func check(_ code: Int32) throws {
      if code >= 0 { return }
      if code == video_error_memory { throw VideoError.outOfMemory(path: path) }
      if code == video_error_no_space { throw FileError(path: path, action: "write", code: -code) }
      throw VideoError.cannotEncode(path: path, reason: FFmpegLibrary.message(code))
    }
  }
#endif
