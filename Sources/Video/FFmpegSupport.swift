#if VIDEO_USES_FFMPEG
  import CFFmpeg
#endif

/// The capabilities of the FFmpeg in use.
public enum FFmpegSupport {
  /// FFmpeg's version, such as `5.1.6`; nil if the package was built without it.
  public static var version: String? {
    #if VIDEO_USES_FFMPEG
      String(cString: av_version_info())
    #else
      nil
    #endif
  }

  /// Whether videos can be written as H.264.
  public static var encodesH264: Bool {
    #if VIDEO_USES_FFMPEG
      avcodec_find_encoder_by_name("libx264") != nil
    #else
      false
    #endif
  }

  /// The protocols of streams that a ``LiveVideo`` can read, such as `rtsp` and `https`, in order.
  public static var streamProtocols: [String] {
    #if VIDEO_USES_FFMPEG
      var known: Set<String> = []
      var position: UnsafeMutableRawPointer?
      while let name = avio_enum_protocols(&position, 0) { known.insert(String(cString: name)) }
      // RTSP is a container to FFmpeg; with TLS it has no name of its own.
      if av_find_input_format("rtsp") != nil { known.formUnion(known.contains("tls") ? ["rtsp", "rtsps"] : ["rtsp"]) }
      return NetworkAddress.schemes.filter(known.contains)
    #else
      []
    #endif
  }

  /// Whether a ``LiveVideo`` can read cameras: FFmpeg's libavdevice is installed.
  public static var readsCameras: Bool {
    #if VIDEO_USES_FFMPEG
      CameraDevices.format != nil
    #else
      false
    #endif
  }
}
