#if VIDEO_USES_FFMPEG
  import CFFmpeg
  import Tensors

  /// Reads the compressed packets of a file's video stream.
  final class Demuxer {
    /// The result of reading a packet.
    enum Outcome {
      case packet
      case end
      case failed(Int32)
    }

    let contents: VideoContents
    /// Called repeatedly while reading; an error that it throws ends the reading.
    let interruption: () throws -> Void
    private(set) var context: UnsafeMutablePointer<AVFormatContext>
    private(set) var stream: UnsafeMutablePointer<AVStream>
    /// The input through which the context reads memory, which must outlive it.
    private var input: CustomInput?
    private let isPatient: Bool
    /// How a source is read that does not wait; nil for a file as a whole.
    private let live: LiveAccess?
    /// Whether bytes were skipped because they belong to no packet.
    private(set) var hasSkippedBytes = false

    init(_ contents: VideoContents, interruption: @escaping () throws -> Void = {}) throws {
      _ = FFmpegLibrary.silence
      self.contents = contents
      self.interruption = interruption
      live = nil
      let opened = try Demuxer.open(contents)
      (context, stream, input, isPatient) = (opened.context, opened.stream, opened.input, opened.isPatient)
    }

    /// Opens a source that is read once, from beginning to end.
    init(_ contents: VideoContents, live: LiveAccess) throws {
      _ = FFmpegLibrary.silence
      self.contents = contents
      self.live = live
      interruption = live.watchdog.check
      let opened = try Demuxer.open(contents, live)
      (context, stream, input, isPatient) = (opened.context, opened.stream, opened.input, opened.isPatient)
    }

    /// Creates a demuxer of an open file, which it closes.
    init(
      _ contents: VideoContents, interruption: @escaping () throws -> Void,
      context: UnsafeMutablePointer<AVFormatContext>, stream: UnsafeMutablePointer<AVStream>
    ) {
      (self.contents, self.interruption, self.context, self.stream) = (contents, interruption, context, stream)
      isPatient = false
      live = nil
    }

    deinit { Demuxer.close(context) }

    /// The name of the video in errors.
    var path: String { contents.name }

    /// The seconds in a tick, the unit of the stream's times.
    var tick: Double {
      let base = stream.pointee.time_base
      return base.num > 0 && base.den > 0 ? av_q2d(base) : 1e-6
    }

    /// A second in ticks, at least one.
    var second: Int64 { max(1, Int64((1 / tick).rounded())) }

    /// The duration of a frame at the average rate in ticks.
    var frameTicks: Int64 {
      let rate = averageFrameRate
      return max(1, Int64(exactly: min(1 / tick / (rate > 0 ? rate : 25), 1e15).rounded()) ?? 1)
    }

    /// The container's properties.
    var flags: Int32 { context.pointee.iformat.pointee.flags }

    /// Whether frames after a key frame decode in the same way as from the beginning.
    ///
    /// It is true for the listed codecs, as tests show, and where all frames are key frames. Others mark frames as key
    /// frames that are not, or carry state over.
    var isSearchable: Bool {
      let codecs = [
        AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP8, AV_CODEC_ID_VP9, AV_CODEC_ID_AV1, AV_CODEC_ID_MPEG1VIDEO,
        AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_MPEG4, AV_CODEC_ID_MSMPEG4V2, AV_CODEC_ID_MSMPEG4V3, AV_CODEC_ID_WMV1,
        AV_CODEC_ID_WMV2, AV_CODEC_ID_WMV3, AV_CODEC_ID_VC1, AV_CODEC_ID_FLV1, AV_CODEC_ID_THEORA,
      ]
      let codec = stream.pointee.codecpar.pointee.codec_id
      // Packed pictures have no packet of their own, so decoding cannot start at one.
      if codec == AV_CODEC_ID_MPEG4, !tellsFrames { return false }
      let properties = avcodec_descriptor_get(codec)?.pointee.props ?? 0
      return codecs.contains(codec) || properties & AV_CODEC_PROP_INTRA_ONLY != 0
    }

    /// Whether packets say which frames there are and when, as far as the container knows; otherwise decoding must show
    /// it.
    var tellsFrames: Bool {
      let parameters = stream.pointee.codecpar.pointee
      if parameters.codec_id == AV_CODEC_ID_DIRAC { return false }
      guard parameters.video_delay > 0 else { return true }
      // Their times are decoding times.
      if ["asf", "wtv", "rm"].contains(String(cString: context.pointee.iformat.pointee.name)) { return false }
      // DivX and Xvid pack two frames into a packet, and put a placeholder after it.
      return parameters.codec_id != AV_CODEC_ID_MPEG4
    }

    /// Whether nearly all bytes between the first and the last packet belong to a packet.
    var holdsPacketsOnly: Bool {
      let containers = ["flv", "matroska,webm"]
      guard containers.contains(String(cString: context.pointee.iformat.pointee.name)) else { return false }
      return (0..<Int(context.pointee.nb_streams)).allSatisfy {
        context.pointee.streams[$0]?.pointee.discard != AVDISCARD_ALL
      }
    }

    /// Reads the video stream's next packet; the caller passes an empty `packet`, and empties it afterwards.
    ///
    /// A damaged part that the container can skip is skipped.
    ///
    /// - Parameters:
    ///   - packet: The packet to read into.
    ///   - other: Called with the packets of other streams, as far as these are read.
    func read(_ packet: UnsafeMutablePointer<AVPacket>, other: (AVPacket) -> Void = { _ in }) -> Outcome {
      var place: Int64?
      var failures = 0
      while true {
        let code = av_read_frame(context, packet)
        if code == video_error_end { return .end }
        if let live, live.mayContinue(after: code, failures: &failures) { continue }
        if code == video_error_again {
          // It has read on without finding a packet; if it does not advance, this would never end.
          let reached = context.pointee.pb.map { avio_tell($0) } ?? -1
          guard reached > place ?? -1 else { return .failed(code) }
          place = reached
          hasSkippedBytes = true
          continue
        }
        if code < 0 { return .failed(code) }
        if packet.pointee.stream_index == stream.pointee.index { return .packet }
        other(packet.pointee)
        av_packet_unref(packet)
      }
    }

    /// Seeks to a key frame, or a little before it; returns false if the container cannot.
    ///
    /// - Parameters:
    ///   - entry: The key frame.
    ///   - attempt: The way to seek, 0, 1 or 2, the most promising first.
    func seek(to entry: FrameIndex.Entry, attempt: Int) -> Bool {
      // Containers whose times may restart are searched by byte position.
      let byPlace = AVFMT_TS_DISCONT | AVFMT_NO_BYTE_SEEK | AVFMT_GENERIC_INDEX
      let isByPlace = flags & byPlace == AVFMT_TS_DISCONT
      if attempt == 0, !isByPlace { return false }
      if attempt == 0 { return av_seek_frame(context, -1, entry.position, AVSEEK_FLAG_BYTE) >= 0 }
      let time = attempt == 1 ? entry.presentation : entry.decoding
      guard time != PacketRecord.unknown, flags & AVFMT_NOTIMESTAMPS == 0 else { return false }
      return av_seek_frame(context, stream.pointee.index, time, AVSEEK_FLAG_BACKWARD) >= 0
    }

    /// Returns to the beginning. Opening the file again works for every container, seekable or not.
    func rewind() throws {
      let opened = try Demuxer.open(contents, isPatient: isPatient)
      Demuxer.close(context)
      (context, stream, input) = (opened.context, opened.stream, opened.input)
    }

    /// An open video.
    private struct Opened {
      let context: UnsafeMutablePointer<AVFormatContext>
      let stream: UnsafeMutablePointer<AVStream>
      let input: CustomInput?
      let isPatient: Bool
    }

    /// Opens a video, and reads further into it where its pictures start late.
    private static func open(_ contents: VideoContents, _ live: LiveAccess? = nil) throws -> Opened {
      do {
        let opened = try open(contents, isPatient: false, live)
        // Frames of a live video show their size.
        guard live == nil, opened.context.pointee.ctx_flags & AVFMTCTX_NOHEADER != 0,
          opened.stream.pointee.codecpar.pointee.width <= 0
        else { return opened }
        withExtendedLifetime(opened.input) { close(opened.context) }
      } catch VideoError.noVideoStream where contents.canBeOpenedAgain {}
      return try open(contents, isPatient: true, live)
    }

    private static func open(_ contents: VideoContents, isPatient: Bool, _ live: LiveAccess? = nil) throws -> Opened {
      let path = contents.name
      var context = avformat_alloc_context()
      var input: CustomInput?
      var isGood = false
      defer { if !isGood { avformat_close_input(&context) } }
      switch contents {
      case .file(let path): try checkReadableFile(path)
      case .memory([]): throw VideoError.notAVideo(path: path, reason: "it is empty")
      case .memory, .arriving, .pipe, .namedPipe:
        input = try CustomInput(contents, interruption: live?.watchdog.check ?? {})
        context?.pointee.pb = input?.context
      case .camera(let path): try CameraDevices.check(path)
      case .network: break
      }
      defer { withExtendedLifetime(input) {} }
      var options: OpaquePointer?
      av_dict_set(&options, "protocol_whitelist", contents.protocols, 0)
      defer { av_dict_free(&options) }
      if let context { live?.prepare(context, &options) }
      // It frees the context if it fails.
      var code = FFmpegLibrary.withURL(of: contents) {
        avformat_open_input(&context, $0, live?.format, &options)
      }
      guard code >= 0, let context else { throw openingError(contents, code) }

      // The `tty` demuxer renders any text as pictures of a terminal.
      guard String(cString: context.pointee.iformat.pointee.name) != "tty" else {
        throw VideoError.notAVideo(path: path, reason: "it is a text file")
      }
      if isPatient {
        // Ten minutes, or a quarter of a gigabyte.
        context.pointee.max_analyze_duration = 600 * Int64(AV_TIME_BASE)
        context.pointee.probesize = 1 << 28
      }
      code = avformat_find_stream_info(context, nil)
      guard code >= 0 else { throw openingError(contents, code) }
      let index = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0)
      guard index >= 0, let stream = context.pointee.streams[Int(index)],
        // The cover art of a music file is not a video.
        stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
      else { throw VideoError.noVideoStream(path: path) }
      discardOthers(context, but: Int(index))
      isGood = true
      return Opened(context: context, stream: stream, input: input, isPatient: isPatient)
    }

    /// Makes ``read(_:other:)`` read sound as well.
    func keepSound() {
      for other in 0..<Int(context.pointee.nb_streams) {
        guard let stream = context.pointee.streams[other] else { continue }
        if stream.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_AUDIO {
          stream.pointee.discard = AVDISCARD_DEFAULT
        }
      }
    }

    /// Makes a demuxer return the packets of one stream only.
    static func discardOthers(_ context: UnsafeMutablePointer<AVFormatContext>, but index: Int) {
      for other in 0..<Int(context.pointee.nb_streams) where other != index {
        context.pointee.streams[other]?.pointee.discard = AVDISCARD_ALL
      }
    }

    private static func openingError(_ contents: VideoContents, _ code: Int32) -> any Error {
      let path = contents.name
      return switch (code, contents) {
      case (video_error_memory, _): VideoError.outOfMemory(path: path)
      case (_, .network), (_, .camera):
        VideoError.unreachable(name: path, reason: FFmpegLibrary.message(code))
      case (video_error_end, _): VideoError.notAVideo(path: path, reason: "the file ends before its first frame")
      default: VideoError.notAVideo(path: path, reason: FFmpegLibrary.message(code))
      }
    }

    static func close(_ context: UnsafeMutablePointer<AVFormatContext>) {
      var context: UnsafeMutablePointer<AVFormatContext>? = context
      avformat_close_input(&context)
    }
  }
#endif
