#if VIDEO_USES_FFMPEG
  import CFFmpeg
  import Preprocessing

  /// Decodes an open source in order.
  final class LiveDecoder: LiveConnection {
    private let demuxer: Demuxer
    private let pictures: PictureDecoder
    private let name: String
    private var converter: (size: FrameSize, converter: FrameConverter)?
    private var last: UnsafeMutablePointer<AVFrame>?
    /// The least and the greatest time of a picture, in seconds.
    private var times: ClosedRange<Double>?

    init(_ source: LiveSource, transport: LiveOptions.Transport, watchdog: Watchdog) throws {
      let contents = try source.contents
      var format: UnsafePointer<AVInputFormat>?
      if case .camera = contents { format = CameraDevices.format }
      // A reader that is too slow for UDP loses packets, but not the stream.
      let options = ["rtsp_transport": transport.rawValue, "overrun_nonfatal": "1"]
      demuxer = try Demuxer(contents, live: LiveAccess(watchdog: watchdog, format: format, options: options))
      // More threads would hold back as many frames.
      pictures = try PictureDecoder(demuxer: demuxer, threads: 1, isLive: true)
      name = source.name
    }

    var codec: String { String(cString: avcodec_get_name(demuxer.stream.pointee.codecpar.pointee.codec_id)) }
    // What FFmpeg guesses of a stream's first frames may be the rate of its clock.
    var frameRate: Double { demuxer.averageFrameRate <= 1000 ? demuxer.averageFrameRate : 0 }

    var isFinite: Bool {
      switch demuxer.contents {
      case .file, .memory, .arriving, .pipe, .namedPipe: true
      case .camera: false
      case .network: demuxer.context.pointee.duration > 0
      }
    }

    var comesInSegments: Bool {
      let name = String(cString: demuxer.context.pointee.iformat.pointee.name)
      return name.hasPrefix("hls") || name == "dash"
    }

    var earlyEnd: String? {
      if let code = pictures.readingError { return FFmpegLibrary.message(code) }
      guard let times, let stated = demuxer.statedVideoDuration else { return nil }
      // Durations are counted from the first picture or from 0.
      let length = times.upperBound - min(0, times.lowerBound)
      let last = Double(2 * demuxer.frameTicks) * demuxer.tick
      return length + last + 0.5 < stated ? Demuxer.endsEarly(stated: stated) : nil
    }

    var damage: (count: Int, reason: String) { (pictures.errorCount, pictures.damage?.reason ?? "") }

    func next() throws -> LivePicture? {
      guard let picture = try pictures.next()?.frame else {
        last = nil
        guard let code = pictures.readingError, !isFinite else { return nil }
        throw ConnectionLost(reason: FFmpegLibrary.message(code))
      }
      last = picture
      let (width, height) = (Int(picture.pointee.width), Int(picture.pointee.height))
      guard Demuxer.isSupportedSize(width: width, height: height) else {
        throw VideoError.unsupportedSize(path: name, width: width, height: height)
      }
      let ticks = picture.pointee.best_effort_timestamp
      let time = ticks == video_no_timestamp ? nil : Double(ticks) * demuxer.tick
      if let time { times = min(times?.lowerBound ?? time, time)...max(times?.upperBound ?? time, time) }
      let swapsSides = demuxer.orientation.swapsSides
      return LivePicture(
        time: time,
        size: FrameSize(width: swapsSides ? height : width, height: swapsSides ? width : height),
        pixelFormat: av_get_pix_fmt_name(AVPixelFormat(picture.pointee.format)).map(String.init(cString:)) ?? "unknown")
    }

    func frame(timestamp: Double) throws -> Frame {
      guard let last else { throw VideoError.noFrames(path: name) }
      let size = FrameSize(width: Int(last.pointee.width), height: Int(last.pointee.height))
      if converter?.size != size {
        converter = nil
        converter = (
          size,
          try FrameConverter(
            path: name, width: size.width, height: size.height, scaledTo: nil, orientation: demuxer.orientation)
        )
      }
      guard let converter else { throw VideoError.noFrames(path: name) }
      return try converter.converter.frame(from: last, timestamp: timestamp)
    }
  }

  extension LiveSource {
    /// Where its bytes are.
    ///
    /// - Throws: ``VideoError/notASource(name:reason:)`` for a URL without a protocol of streams.
    fileprivate var contents: VideoContents {
      get throws(VideoError) {
        switch self {
        case .stream(let url):
          guard let address = NetworkAddress(url) else {
            throw .notASource(name: name, reason: "its URL has no protocol of streams")
          }
          return .network(address)
        case .camera(let path): return .camera(path: path)
        case .file(let path, _): return .file(path: path)
        case .namedPipe(let path): return .namedPipe(path: path)
        case .pipe(let descriptor), .rawFrames(let descriptor, _): return .pipe(descriptor: descriptor)
        }
      }
    }
  }
#endif
