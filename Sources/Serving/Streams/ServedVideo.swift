import CPU
import Foundation
import Streams
import Tensors
import Video
import VideoAccelerator

/// A video that comes in pieces of its container, and is decoded as they come.
final class ServedVideo: ServedStream {
  let messages: AsyncStream<StreamMessage>
  /// The pipe's end that pieces are written to; −1 after the end.
  private let writer: Guarded<Int32>
  private let isCancelled = Guarded(false)

  init(_ classifier: sending FrameClassifier, model: String) throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw FileError(path: "a pipe", action: "open", code: errno) }
    let (reader, isCancelled) = (ends[0], isCancelled)
    writer = Guarded(ends[1])
    let (messages, output) = AsyncStream<StreamMessage>.makeStream(bufferingPolicy: StreamMessage.newest)
    self.messages = messages
    output.yield(.started(classifier, model: model))
    let source = LiveSource.pipe(descriptor: reader)
    let live: LiveClassifier
    do {
      live = try LiveClassifier(
        source, classifier, options: LiveOptions(timeLimit: 60, attempts: 0),
        interruption: { if isCancelled.withLock({ $0 }) { throw CancellationError() } })
    } catch {
      for end in ends { close(end) }
      throw error
    }
    let worker = Unshared(live)
    let thread = Thread {
      // Whoever writes to a pipe that nobody reads gets an error.
      defer { close(reader) }
      let live = worker.value
      do {
        try live.run { event in
          if case .prediction(let prediction) = event { output.yield(.prediction(prediction)) }
        }
        output.yield(.summary(live.counters))
        output.yield(.ended)
      } catch {
        // What the client sends has no name that it knows.
        let failure = VideoFault.reason(error, isAbout: source.name)
          .map { ServingError.video($0.replacing(source.name, with: "the video")) as any Error }
        for message in StreamMessage.failure(failure ?? error) { output.yield(message) }
      }
      output.finish()
    }
    thread.name = "served video"
    // The size of a main thread's stack; Apple's systems give other threads less.
    thread.stackSize = 8 << 20
    thread.start()
  }

  deinit { finish() }

  func take(_ bytes: [UInt8]) async throws {
    let writer = writer
    try await onOwnThread { _ in
      var rest = bytes[...]
      while !rest.isEmpty {
        // The lock is held, so that the descriptor is not closed meanwhile; the pipe's other end may always be.
        let written = writer.withLock { descriptor in
          descriptor < 0 ? -1 : rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        }
        if written < 0, errno == EINTR { continue }
        // What the reader says of its end is told by its messages.
        guard written > 0 else { return }
        rest = rest.dropFirst(written)
      }
    }
  }

  func reset() throws { throw ServingError.request("a video is not reset: its own times tell where it jumps") }

  func finish() {
    writer.withLock { descriptor in
      if descriptor >= 0 { close(descriptor) }
      descriptor = -1
    }
  }

  func cancel() {
    isCancelled.withLock { $0 = true }
    finish()
  }
}

/// A value that is handed to one thread.
///
/// The conformance is unchecked because nobody else uses the value.
private struct Unshared<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }
}
