#if !VIDEO_USES_FFMPEG
  import Preprocessing

  /// Stands in for the decoder in a build without FFmpeg; it cannot be created.
  final class FrameDecoder {
    private let never: Never

    init(
      _ contents: VideoContents, scaledTo size: FrameSize?, threads: Int, interruption: @escaping () throws -> Void
    ) throws {
      throw VideoError.builtWithoutFFmpeg(path: contents.name)
    }

    var info: VideoInfo { switch never {} }
    var timeline: FrameTimeline { switch never {} }
    var damage: VideoError? { switch never {} }
    var decodedFrameCount: Int { switch never {} }
    func nextFrame() throws -> Frame? { switch never {} }
    func decodeAll() throws { switch never {} }
    func seek(to seconds: Double) { switch never {} }
    func decodeFrames(_ numbers: [Int], _ body: (Int, Frame) throws -> Void) throws { switch never {} }
  }

  /// Stands in for the decoder of live videos in a build without FFmpeg; it cannot be created.
  final class LiveDecoder: LiveConnection {
    private let never: Never

    init(_ source: LiveSource, transport: LiveOptions.Transport, watchdog: Watchdog) throws {
      throw VideoError.builtWithoutFFmpeg(path: source.name)
    }

    var codec: String { switch never {} }
    var frameRate: Double { switch never {} }
    var isFinite: Bool { switch never {} }
    var comesInSegments: Bool { switch never {} }
    var earlyEnd: String? { switch never {} }
    var damage: (count: Int, reason: String) { switch never {} }
    func next() throws -> LivePicture? { switch never {} }
    func frame(timestamp: Double) throws -> Frame { switch never {} }
  }

  /// Stands in for the encoder in a build without FFmpeg; it cannot be created.
  final class FrameEncoder {
    private let never: Never

    init(path: String, container: String, width: Int, height: Int, encoding: VideoEncoding) throws {
      throw VideoError.builtWithoutFFmpeg(path: container)
    }

    func append(_ frame: Frame) throws { switch never {} }
    func finish() throws { switch never {} }
  }

  extension Frame {
    /// Throws: this build has no FFmpeg.
    public func jpeg(height: Int) throws -> [UInt8] { throw VideoError.builtWithoutFFmpeg(path: "a picture") }

    /// Throws: this build has no FFmpeg.
    public func scaled(to size: FrameSize) throws -> Frame { throw VideoError.builtWithoutFFmpeg(path: "a picture") }
  }
#endif
