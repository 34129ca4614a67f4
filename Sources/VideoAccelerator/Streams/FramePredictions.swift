import CPU
import Preprocessing
import Streams

extension FrameClassifier {
  /// Classifies all frames of an asynchronous sequence.
  ///
  /// ```swift
  /// for try await prediction in classifier.predictions(of: frames) where prediction.hasChanged {
  ///   print(prediction.timestamp, prediction.label)
  /// }
  /// ```
  ///
  /// No frame is dropped: a frame is asked for when the one before is classified, and classified when a prediction is asked
  /// for, on a thread of its own.
  ///
  /// - Parameter frames: The frames, in the order of time.
  /// - Returns: The predictions. They end with the frames, and throw what `frames` and ``push(_:)-(Frame)`` throw, and
  ///   `CancellationError` when the task is cancelled.
  public func predictions<Frames: AsyncSequence>(of frames: Frames) -> FramePredictions<Frames> {
    FramePredictions(frames: frames, classifier: Guarded(self))
  }
}

/// The predictions of a ``/Streams/FrameClassifier`` for an asynchronous sequence of frames.
public struct FramePredictions<Frames: AsyncSequence>: AsyncSequence where Frames.Element == Frame {
  /// A prediction.
  public typealias Element = StreamPrediction

  fileprivate let frames: Frames
  /// For the threads that use it one after the other.
  fileprivate let classifier: Guarded<FrameClassifier>

  /// Asks for frames and classifies them.
  public struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate var frames: Frames.AsyncIterator
    fileprivate let classifier: Guarded<FrameClassifier>

    /// Returns the prediction that the next frames give; nil after the last frame.
    public mutating func next() async throws -> StreamPrediction? {
      while let frame = try await frames.next() {
        let prediction = try await onOwnThread { [classifier] _ in try classifier.withLock { try $0.push(frame) } }
        if let prediction { return prediction }
      }
      return nil
    }
  }

  /// Returns an iterator; all iterators push to the same classifier.
  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(frames: frames.makeAsyncIterator(), classifier: classifier)
  }
}
