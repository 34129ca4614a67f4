import Preprocessing
import Streams
import Tensors
import Video
import VideoAccelerator

/// A client's stream of frames: what it sends, in, and what the server says, out. Each has a state of its own.
public protocol ServedStream: AnyObject, Sendable {
  /// What the server says, to its end.
  var messages: AsyncStream<StreamMessage> { get }
  /// Takes a binary message; waits while the client sends faster than it can be read, where nothing may be dropped.
  ///
  /// - Throws: ``ServingError/request(_:)``; what is wrong with a frame.
  func take(_ bytes: [UInt8]) async throws
  /// Forgets the past.
  func reset() throws
  /// Ends when all that was sent is classified.
  func finish()
  /// Ends at once, as the client has gone.
  func cancel()
}

extension ServedModel {
  /// Starts a stream.
  ///
  /// - Throws: What keeps the model from running as the client wants.
  public func stream(_ start: StreamStart) throws -> any ServedStream {
    let classifier = try frameClassifier(StreamOptions(method: start.method, topCount: start.top))
    return switch start.format {
    case .video: try ServedVideo(classifier, model: name)
    case .pixels, .jpeg: try ServedFrames(classifier, format: start.format, model: name)
    }
  }
}

/// Frames that come one by one. Those that come faster than they are classified are dropped, the oldest first.
final class ServedFrames: ServedStream {
  let messages: AsyncStream<StreamMessage>
  private let format: StreamStart.Format
  private let stream: VideoStream
  private let task: Task<Void, Never>

  init(_ classifier: sending FrameClassifier, format: StreamStart.Format, model: String) throws {
    let started = StreamMessage.started(classifier, model: model)
    let stream = try VideoStream(classifier)
    let (messages, output) = AsyncStream<StreamMessage>.makeStream(bufferingPolicy: StreamMessage.newest)
    output.yield(started)
    task = Task {
      do {
        for try await prediction in stream.predictions { output.yield(.prediction(prediction)) }
        output.yield(.summary(stream.counters))
        output.yield(.ended)
      } catch {
        for message in StreamMessage.failure(error) { output.yield(message) }
      }
      output.finish()
    }
    (self.stream, self.messages, self.format) = (stream, messages, format)
  }

  func take(_ bytes: [UInt8]) throws { stream.push(try frame(bytes)) }

  private func frame(_ message: [UInt8]) throws -> Frame {
    let headerSize = 8
    guard message.count >= headerSize else {
      throw ServingError.request("a frame begins with its time in seconds, a little-endian float64")
    }
    let bits = message[..<headerSize].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let (time, rest) = (Double(bitPattern: bits), message[headerSize...])
    guard time.isFinite else { throw ServingError.request("a frame's time is not a number") }
    switch format {
    case .pixels(let size, let width, let height):
      guard rest.count == size * width * height else {
        throw ServingError.request(
          "a frame of \(width)x\(height) pixels has \(size * width * height) bytes behind its time, not \(rest.count)")
      }
      return try rest.withUnsafeBytes { pixels in
        Frame(
          try CameraPicture(
            size == 4 ? .rgba : .rgb, width: width, height: height,
            planes: [.init(pixels, rowStride: size * width)], timestamp: time))
      }
    case .jpeg, .video:
      let decoded = try VideoReader(bytes: Array(rest), threads: 1).nextFrame()
      guard let picture = decoded else { throw ServingError.request("a frame is no picture") }
      return try Frame(width: picture.width, height: picture.height, pixels: picture.pixels, timestamp: time)
    }
  }

  func reset() { stream.reset() }

  func finish() { stream.finish() }

  func cancel() {
    task.cancel()
    stream.finish()
  }
}
