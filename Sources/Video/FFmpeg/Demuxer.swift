#if VIDEO_USES_FFMPEG
  import CFFmpeg
  import Tensors

  /// Reads the compressed packets of one file's video stream.
  final class Demuxer {
    /// What reading a packet came to.
    enum Outcome {
      case packet
      case end
      case failed(Int32)
    }

    let path: String
    private(set) var context: UnsafeMutablePointer<AVFormatContext>
    private(set) var stream: UnsafeMutablePointer<AVStream>

    init(path: String) throws {
      _ = FFmpegLibrary.silence
      self.path = path
      (context, stream) = try Demuxer.open(path)
    }

    deinit { Demuxer.close(context) }

    /// The stream's timestamps as times.
    var clock: Clock {
      let start = stream.pointee.start_time
      return Clock(timeBase: stream.pointee.time_base, startTicks: start == video_no_timestamp ? 0 : start)
    }

    /// Whether packets carry times, without which there is nothing to search by (bare H.264, for example).
    var hasTimestamps: Bool { context.pointee.iformat.pointee.flags & AVFMT_NOTIMESTAMPS == 0 }

    /// Reads the video stream's next packet; `packet` must be empty, and be emptied by the caller.
    func read(_ packet: UnsafeMutablePointer<AVPacket>) -> Outcome {
      while true {
        let code = av_read_frame(context, packet)
        if code == video_error_end { return .end }
        if code < 0 { return .failed(code) }
        if packet.pointee.stream_index == stream.pointee.index { return .packet }
        av_packet_unref(packet)
      }
    }

    /// Goes to the last key frame at or before a timestamp, as far as the container knows; false if it cannot.
    func seek(to ticks: Int64) -> Bool {
      hasTimestamps && av_seek_frame(context, stream.pointee.index, ticks, AVSEEK_FLAG_BACKWARD) >= 0
    }

    /// Goes to the very beginning. Opening again works for every container, seekable or not.
    func rewind() throws {
      let (newContext, newStream) = try Demuxer.open(path)
      Demuxer.close(context)
      (context, stream) = (newContext, newStream)
    }

    /// Whether the container's index shows that no key frame lies after `current` and at or before `target`.
    func hasNoKeyFrame(after current: Int64, upTo target: Int64) -> Bool {
      guard let before = avformat_index_get_entry_from_timestamp(stream, target, AVSEEK_FLAG_BACKWARD),
        // An index that grows while reading ends where reading is; it shows nothing about what comes later.
        avformat_index_get_entry_from_timestamp(stream, target, 0) != nil
      else { return false }
      return before.pointee.timestamp <= current
    }

    private static func open(
      _ path: String
    ) throws -> (UnsafeMutablePointer<AVFormatContext>, UnsafeMutablePointer<AVStream>) {
      try checkReadableFile(path)
      var context: UnsafeMutablePointer<AVFormatContext>?
      // A playlist must not make us read other places than local files.
      var options: OpaquePointer?
      av_dict_set(&options, "protocol_whitelist", "file", 0)
      defer { av_dict_free(&options) }
      var code = FFmpegLibrary.withFileURL(path) { avformat_open_input(&context, $0, nil, &options) }
      guard code >= 0, let context else { throw openingError(path, code) }
      var isGood = false
      defer { if !isGood { close(context) } }

      // The `tty` demuxer draws any text as pictures of a terminal.
      guard String(cString: context.pointee.iformat.pointee.name) != "tty" else {
        throw VideoError.notAVideo(path: path, reason: "it is a text file")
      }
      code = avformat_find_stream_info(context, nil)
      guard code >= 0 else { throw openingError(path, code) }
      let index = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0)
      guard index >= 0, let stream = context.pointee.streams[Int(index)],
        // The cover of a music file is not a video.
        stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
      else { throw VideoError.noVideoStream(path: path) }
      for other in 0..<Int(context.pointee.nb_streams) where other != Int(index) {
        context.pointee.streams[other]?.pointee.discard = AVDISCARD_ALL
      }
      isGood = true
      return (context, stream)
    }

    private static func openingError(_ path: String, _ code: Int32) -> any Error {
      switch code {
      case video_error_memory: VideoError.outOfMemory(path: path)
      case video_error_end: VideoError.notAVideo(path: path, reason: "the file ends before its first frame")
      default: VideoError.notAVideo(path: path, reason: FFmpegLibrary.message(code))
      }
    }

    private static func close(_ context: UnsafeMutablePointer<AVFormatContext>) {
      var context: UnsafeMutablePointer<AVFormatContext>? = context
      avformat_close_input(&context)
    }
  }
#endif
