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
}
