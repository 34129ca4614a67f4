#if VIDEO_USES_FFMPEG
  import CFFmpeg

  extension Demuxer {
    /// The longest frame side and the largest area, in pixels, that are decoded: past 8K, short of filling memory.
    static let maximumSide = 16384, maximumArea = 1 << 26

    /// What the file says about its video.
    ///
    /// - Throws: ``VideoError`` if the codec or the size is not supported.
    func info() throws -> VideoInfo {
      let parameters = stream.pointee.codecpar.pointee
      let codec = String(cString: avcodec_get_name(parameters.codec_id))
      guard avcodec_find_decoder(parameters.codec_id) != nil else {
        throw VideoError.unsupportedCodec(path: path, codec: codec)
      }
      let width = Int(parameters.width), height = Int(parameters.height)
      guard Demuxer.isSupportedSize(width: width, height: height) else {
        throw VideoError.unsupportedSize(path: path, width: width, height: height)
      }
      let orientation = Orientation(displayMatrix: video_display_matrix(stream))
      let rate = averageFrameRate
      let duration = try statedDuration ?? measuredDuration()
      let statedCount = Int(stream.pointee.nb_frames)
      return VideoInfo(
        container: String(cString: context.pointee.iformat.pointee.name),
        codec: codec,
        pixelFormat: av_get_pix_fmt_name(AVPixelFormat(parameters.format)).map(String.init(cString:)) ?? "unknown",
        width: orientation.swapsSides ? height : width,
        height: orientation.swapsSides ? width : height,
        rotation: orientation.degrees,
        averageFrameRate: rate,
        duration: duration,
        estimatedFrameCount: statedCount > 0
          ? statedCount : Int(exactly: min(duration * rate, 1e15).rounded()) ?? 0,
        startTime: Double(clock.startTicks) * av_q2d(clock.timeBase),
        hasAudio: av_find_best_stream(context, AVMEDIA_TYPE_AUDIO, -1, -1, nil, 0) >= 0)
    }

    static func isSupportedSize(width: Int, height: Int) -> Bool {
      (1...maximumSide).contains(width) && (1...maximumSide).contains(height) && width * height <= maximumArea
    }

    /// Frames per second, or 0.
    var averageFrameRate: Double {
      let rate = av_guess_frame_rate(context, stream, nil)
      let average = stream.pointee.avg_frame_rate
      if average.num > 0, average.den > 0 { return av_q2d(average) }
      return rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0
    }

    /// The video stream's length in seconds where the container states it.
    var statedDuration: Double? {
      if stream.pointee.duration != video_no_timestamp, stream.pointee.duration >= 0 {
        let fromGuess = context.pointee.duration_estimation_method == AVFMT_DURATION_FROM_BITRATE
        if !fromGuess { return Double(stream.pointee.duration) * av_q2d(clock.timeBase) }
      } else if let tagged = taggedDuration {
        return tagged
      } else if context.pointee.duration > 0,
        context.pointee.duration_estimation_method != AVFMT_DURATION_FROM_BITRATE
      {
        return Double(context.pointee.duration) / Double(AV_TIME_BASE)
      }
      return nil
    }

    /// Matroska's per-stream length, a tag of the form `00:00:04.004000000`.
    var taggedDuration: Double? {
      guard let entry = av_dict_get(stream.pointee.metadata, "DURATION", nil, 0) else { return nil }
      let parts = String(cString: entry.pointee.value).split(separator: ":").map { Double($0) }
      guard parts.count == 3, let hours = parts[0], let minutes = parts[1], let seconds = parts[2] else { return nil }
      let total = hours * 3600 + minutes * 60 + seconds
      return total.isFinite && total > 0 ? total : nil
    }

    /// The video stream's length in seconds, found by reading the whole file without decoding it.
    private func measuredDuration() throws -> Double {
      var packet = av_packet_alloc()
      defer { av_packet_free(&packet) }
      guard let packet else { throw VideoError.outOfMemory(path: path) }
      var end = clock.startTicks
      var count = 0
      while case .packet = read(packet) {
        count += 1
        if packet.pointee.pts != video_no_timestamp {
          end = max(end, packet.pointee.pts &+ max(0, packet.pointee.duration))
        }
        av_packet_unref(packet)
      }
      try rewind()
      if hasTimestamps { return max(0, clock.seconds(at: end)) }
      return averageFrameRate > 0 ? Double(count) / averageFrameRate : 0
    }
  }
#endif
