#if VIDEO_USES_FFMPEG
  import CFFmpeg
  import Foundation
  import Tensors

  /// Provides FFmpeg with the bytes of a file, an upload, of memory or of a pipe, or skips them, so that packets are read at the
  /// cost of their headers.
  ///
  /// MP4 stores the times, positions and sizes of all packets in a table, so that listing them does not need their
  /// bytes.
  final class CustomInput {
    private static let bufferSize = 32768

    private(set) var context: UnsafeMutablePointer<AVIOContext>?
    /// Whether reading only advances the position, without writing to the buffer.
    var leavesOutContents = false

    private let source: Source
    private let size: Int64
    private let interruption: () throws -> Void
    private var position: Int64 = 0

    private enum Source {
      case descriptor(Int32)
      case memory([UInt8])
      case arriving(any ArrivingFile)
      case pipe(Int32, isOwn: Bool)
    }

    /// Opens a file, a video in memory or a pipe; returns nil for what FFmpeg must open.
    ///
    /// - Parameters:
    ///   - contents: The location of the bytes.
    ///   - interruption: Called repeatedly while the bytes of a pipe are waited for; an error that it throws ends the
    ///     reading.
    /// - Throws: `FileError`, ``VideoError/outOfMemory(path:)``.
    init?(_ contents: VideoContents, interruption: @escaping () throws -> Void = {}) throws {
      self.interruption = interruption
      switch contents {
      case .file(let path):
        let descriptor = path.withPath { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw FileError(path: path, action: "open", code: errno) }
        var status = stat()
        size = fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
        source = .descriptor(descriptor)
      case .memory(let bytes):
        size = Int64(bytes.count)
        source = .memory(bytes)
      case .arriving(let file):
        size = Int64(try file.size())
        source = .arriving(file)
      case .pipe(let descriptor):
        size = 0
        source = .pipe(descriptor, isOwn: false)
      case .namedPipe(let path):
        // Without waiting for its writer, which reading does.
        let descriptor = path.withPath { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
        guard descriptor >= 0 else { throw FileError(path: path, action: "open", code: errno) }
        size = 0
        source = .pipe(descriptor, isOwn: true)
      case .network, .camera: return nil
      }
      guard let buffer = av_malloc(CustomInput.bufferSize) else { throw VideoError.outOfMemory(path: contents.name) }
      context = avio_alloc_context(
        buffer.assumingMemoryBound(to: UInt8.self), Int32(CustomInput.bufferSize), 0,
        Unmanaged.passUnretained(self).toOpaque(),
        { opaque, target, count in
          guard let opaque, let target else { return video_error_end }
          return Unmanaged<CustomInput>.fromOpaque(opaque).takeUnretainedValue().read(target, Int(count))
        }, nil,
        { opaque, offset, origin in
          guard let opaque else { return -1 }
          return Unmanaged<CustomInput>.fromOpaque(opaque).takeUnretainedValue().seek(offset, origin)
        })
      // What was read of a pipe cannot be read again.
      if case .pipe = source, let context { (context.pointee.seek, context.pointee.seekable) = (nil, 0) }
      if context == nil {
        av_free(buffer)
        throw VideoError.outOfMemory(path: contents.name)
      }
    }

    deinit {
      if let context { av_free(context.pointee.buffer) }
      avio_context_free(&context)
      switch source {
      case .descriptor(let descriptor), .pipe(let descriptor, isOwn: true): close(descriptor)
      case .memory, .arriving, .pipe: break
      }
    }

    /// Returns whether a part of the file is all zeros, as if it was never written. What has not arrived is not waited for.
    func isZero(at place: Int64, count: Int) -> Bool {
      if case .arriving(let file) = source, file.arrived < place + Int64(count) { return false }
      guard place >= 0, count > 0 else { return false }
      var bytes = [UInt8](repeating: 0, count: min(count, CustomInput.bufferSize))
      let wanted = bytes.count
      let got = bytes.withUnsafeMutableBytes { copy(from: place, count: wanted, to: $0.baseAddress) }
      return got == wanted && bytes.allSatisfy { $0 == 0 }
    }

    /// Copies bytes, and returns their number, which is smaller at the end, or −1 with `errno` set.
    private func copy(from place: Int64, count: Int, to target: UnsafeMutableRawPointer?) -> Int {
      switch source {
      case .descriptor(let descriptor):
        var got = count
        repeat { got = pread(descriptor, target, count, off_t(place)) } while got < 0 && errno == EINTR
        return got
      case .memory(let bytes):
        guard let target, place < size else { return 0 }
        let part = bytes[Int(place)...].prefix(count)
        part.withUnsafeBytes { if let start = $0.baseAddress { target.copyMemory(from: start, byteCount: $0.count) } }
        return part.count
      case .arriving(let file):
        guard let target, place < size else { return 0 }
        // Whoever waits is told by its own interruption why the file does not come.
        let memory = UnsafeMutableRawBufferPointer(start: target, count: Int(min(Int64(count), size - place)))
        guard let got = try? file.read(at: Int(place), into: memory) else {
          errno = EIO
          return -1
        }
        return got
      case .pipe: return 0
      }
    }

    private func read(pipe descriptor: Int32, _ target: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int32 {
      while true {
        do { try waitUntilReadable(descriptor, interruption: interruption) } catch { return video_error_exit }
        let got = Foundation.read(descriptor, target, count)
        if got == 0 { return video_error_end }
        if got > 0 { return Int32(got) }
        if errno != EINTR, errno != EAGAIN { return -errno }
      }
    }

    private func read(_ target: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int32 {
      if case .pipe(let descriptor, _) = source { return read(pipe: descriptor, target, count) }
      guard position < size else { return video_error_end }
      var got = Int(min(Int64(count), size - position))
      if !leavesOutContents {
        got = copy(from: position, count: got, to: target)
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
