#if VIDEO_USES_FFMPEG
  import CFFmpeg

  /// How FFmpeg opens and reads a source that may keep it waiting.
  struct LiveAccess {
    /// Ends waiting. It must outlive the demuxer.
    let watchdog: Watchdog
    /// The demuxer to use; nil for the one that the bytes show.
    let format: UnsafePointer<AVInputFormat>?
    /// Options of the demuxer and of protocols.
    let options: [String: String]

    /// A stream's header tells little, so frames are looked at, for this long at most.
    private static let analyzedSeconds: Int64 = 3
    /// The number of failures one after the other that a damaged stream may have.
    private static let mostFailures = 64

    /// Prepares to open a source.
    func prepare(_ context: UnsafeMutablePointer<AVFormatContext>, _ dictionary: inout OpaquePointer?) {
      context.pointee.interrupt_callback = AVIOInterruptCB(
        callback: { opaque in
          guard let opaque else { return 0 }
          return Unmanaged<Watchdog>.fromOpaque(opaque).takeUnretainedValue().isOver ? 1 : 0
        }, opaque: Unmanaged.passUnretained(watchdog).toOpaque())
      context.pointee.max_analyze_duration = Self.analyzedSeconds * Int64(AV_TIME_BASE)
      // The average rate is not worth waiting for twenty frames.
      context.pointee.fps_probe_size = 0
      // A camera's driver would wait without asking whether it is to end.
      if format != nil { context.pointee.flags |= AVFMT_FLAG_NONBLOCK }
      for (key, value) in options { av_dict_set(&dictionary, key, value, 0) }
    }

    /// Returns whether reading can go on after an error, having waited if nothing has come yet.
    func mayContinue(after code: Int32, failures: inout Int) -> Bool {
      switch code {
      case video_error_again:
        do { try watchdog.sleep(0.005) } catch { return false }
        return !watchdog.isOver
      case video_error_invalid:
        failures += 1
        return failures < Self.mostFailures && !watchdog.isOver
      default: return false
      }
    }
  }
#endif
