#if VIDEO_USES_FFMPEG
  import CFFmpeg

  extension Demuxer {
    /// The largest frame side and area, in pixels, that are decoded: more than 8K, but less than fills the memory.
    static let maximumSide = 16384, maximumArea = 1 << 26

    /// The rotation and mirroring with which stored pictures are shown.
    var orientation: Orientation { Orientation(displayMatrix: video_display_matrix(stream)) }

    /// Returns the properties of the video.
    ///
    /// - Parameters:
    ///   - index: The video's frames.
    ///   - width: The width of a stored picture in pixels.
    ///   - height: The height of a stored picture in pixels.
    ///   - pixelFormat: The pixel format of a stored picture.
    func info(_ index: FrameIndex, width: Int, height: Int, pixelFormat: AVPixelFormat) -> VideoInfo {
      let orientation = orientation
      let duration = index.timeline.duration
      // Some containers count fields, or ticks.
      let (stated, measured) = (averageFrameRate, duration > 0 ? Double(index.timeline.count) / duration : 0)
      let rate = measured > 0 && !(0.6...1.67).contains(stated / measured) ? measured : stated
      return VideoInfo(
        container: String(cString: context.pointee.iformat.pointee.name),
        codec: String(cString: avcodec_get_name(stream.pointee.codecpar.pointee.codec_id)),
        pixelFormat: av_get_pix_fmt_name(pixelFormat).map(String.init(cString:)) ?? "unknown",
        width: orientation.swapsSides ? height : width,
        height: orientation.swapsSides ? width : height,
        rotation: orientation.degrees,
        averageFrameRate: rate,
        duration: duration,
        frameCount: index.timeline.count,
        startTime: Double(index.start) * tick,
        hasAudio: av_find_best_stream(context, AVMEDIA_TYPE_AUDIO, -1, -1, nil, 0) >= 0)
    }

    static func isSupportedSize(width: Int, height: Int) -> Bool {
      (1...maximumSide).contains(width) && (1...maximumSide).contains(height) && width * height <= maximumArea
    }

    /// The average frame rate in frames per second, or 0.
    var averageFrameRate: Double {
      let rate = av_guess_frame_rate(context, stream, nil)
      let average = stream.pointee.avg_frame_rate
      if average.num > 0, average.den > 0 { return av_q2d(average) }
      return rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0
    }

    /// The stated duration in seconds of the video, or of video and sound; nil if the container does not state it.
    var statedDuration: Double? {
      if let tagged = taggedDuration { return tagged }
      switch context.pointee.duration_estimation_method {
      case AVFMT_DURATION_FROM_STREAM where stream.pointee.duration != video_no_timestamp:
        return Double(stream.pointee.duration) * tick
      case AVFMT_DURATION_FROM_STREAM where context.pointee.duration > 0:
        return Double(context.pointee.duration) / Double(AV_TIME_BASE)
      default: return nil
      }
    }

    /// The stated duration in seconds of the video alone; nil if the container states none, or one that the sound may have.
    var statedVideoDuration: Double? {
      let isShared = context.pointee.nb_streams > 1 && !isMP4 && taggedDuration == nil
      return isShared ? nil : statedDuration
    }

    /// Says that a video ends before its stated duration in seconds.
    static func endsEarly(stated duration: Double) -> String { "it ends before its stated length of \(duration) s" }

    /// Whether it is an MP4 file, or one of that family.
    var isMP4: Bool { String(cString: context.pointee.iformat.pointee.name).hasPrefix("mov,") }

    /// The longest duration that the container states; nil if it does not say that of the video.
    var longestStatedDuration: Double? {
      statedDuration.map { max($0, Double(max(0, context.pointee.duration)) / Double(AV_TIME_BASE)) }
    }

    /// Matroska's duration of a stream, a tag of the form `00:00:04.004000000`.
    private var taggedDuration: Double? {
      guard let entry = av_dict_get(stream.pointee.metadata, "DURATION", nil, 0) else { return nil }
      let parts = String(cString: entry.pointee.value).split(separator: ":").map { Double($0) }
      guard parts.count == 3, let hours = parts[0], let minutes = parts[1], let seconds = parts[2] else { return nil }
      let total = hours * 3600 + minutes * 60 + seconds
      return total.isFinite && total > 0 ? total : nil
    }
  }
#endif
