#if VIDEO_USES_FFMPEG
  import CFFmpeg
  import Foundation
  import Tensors

  /// A file whose contents can be left out: FFmpeg then reads packets at the cost of their headers.
  ///
  /// MP4 keeps times, places and sizes of all packets in one table, so they need not be touched to be listed.
  final class HeaderInput {
    private static let bufferSize = 32768

    private(set) var context: UnsafeMutablePointer<AVIOContext>?
    /// Whether reading only moves on, and leaves what was to be read as it is.
    var leavesOutContents = false

    private let descriptor: Int32
    private let size: Int64
    private var position: Int64 = 0

    /// Opens a file.
    ///
    /// - Throws: `FileError`, ``VideoError/outOfMemory(path:)``.
    init(path: String) throws {
      descriptor = path.withPath { open($0, O_RDONLY | O_CLOEXEC) }
      guard descriptor >= 0 else { throw FileError(path: path, action: "open", code: errno) }
      var status = stat()
      size = fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
      guard let buffer = av_malloc(HeaderInput.bufferSize) else { throw VideoError.outOfMemory(path: path) }
      context = avio_alloc_context(
        buffer.assumingMemoryBound(to: UInt8.self), Int32(HeaderInput.bufferSize), 0,
        Unmanaged.passUnretained(self).toOpaque(),
        { opaque, target, count in
          guard let opaque, let target else { return video_error_end }
          return Unmanaged<HeaderInput>.fromOpaque(opaque).takeUnretainedValue().read(target, Int(count))
        }, nil,
        { opaque, offset, origin in
          guard let opaque else { return -1 }
          return Unmanaged<HeaderInput>.fromOpaque(opaque).takeUnretainedValue().seek(offset, origin)
        })
      if context == nil {
        av_free(buffer)
        throw VideoError.outOfMemory(path: path)
      }
    }

    deinit {
      if let context { av_free(context.pointee.buffer) }
      avio_context_free(&context)
      if descriptor >= 0 { close(descriptor) }
    }

    /// Whether a part of the file is all zeros, as where it was never written.
    func isZero(at place: Int64, count: Int) -> Bool {
      guard place >= 0, count > 0 else { return false }
      var bytes = [UInt8](repeating: 0, count: min(count, HeaderInput.bufferSize))
      let got = pread(descriptor, &bytes, bytes.count, off_t(place))
      return got == bytes.count && bytes.allSatisfy { $0 == 0 }
    }

    private func read(_ target: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int32 {
      guard position < size else { return video_error_end }
      let wanted = Int(min(Int64(count), size - position))
      var got = wanted
      if !leavesOutContents {
        repeat { got = pread(descriptor, target, wanted, off_t(position)) } while got < 0 && errno == EINTR
        if got < 0 { return -errno }
        if got == 0 { return video_error_end }
      }
      position += Int64(got)
      return Int32(got)
    }

    private func seek(_ offset: Int64, _ origin: Int32) -> Int64 {
      let target: Int64
      switch origin & ~AVSEEK_FORCE {
      case AVSEEK_SIZE: return size
      case SEEK_SET: target = offset
      case SEEK_CUR: target = position &+ offset
      case SEEK_END: target = size &+ offset
      default: return -1
      }
      guard target >= 0 else { return -1 }
      position = target
      return target
    }
  }
#endif
