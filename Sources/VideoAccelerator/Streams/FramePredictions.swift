import Preprocessing

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
    FramePredictions(frames: frames, classifier: self)
  }
}

/// The predictions of a ``FrameClassifier`` for an asynchronous sequence of frames.
public struct FramePredictions<Frames: AsyncSequence>: AsyncSequence where Frames.Element == Frame {
  /// A prediction.
  public typealias Element = StreamPrediction

  fileprivate let frames: Frames
  fileprivate let classifier: FrameClassifier

  /// Asks for frames and classifies them.
  public struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate var frames: Frames.AsyncIterator
    fileprivate let classifier: FrameClassifier

    /// Returns the prediction that the next frames give; nil after the last frame.
    public mutating func next() async throws -> StreamPrediction? {
      while let frame = try await frames.next() {
        let lent = Lent(classifier)
        if let prediction = try await onOwnThread({ _ in try lent.classifier.push(frame) }) { return prediction }
      }
      return nil
    }
  }

  /// Returns an iterator; all iterators push to the same classifier.
  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(frames: frames.makeAsyncIterator(), classifier: classifier)
  }
}

/// A classifier that another thread uses while its owner waits.
///
/// The conformance is unchecked because nothing else can use it until the thread is done.
private struct Lent: @unchecked Sendable {
  let classifier: FrameClassifier

  init(_ classifier: FrameClassifier) { self.classifier = classifier }
}
