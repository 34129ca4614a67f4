import CPU
import Models
import Tensors
import VideoAccelerator

/// Runs clips of several requests one after the other in one session, while the model's weights are in the caches.
///
/// A request whose clip comes while a session is free runs it at once. While all are busy clips wait, and whoever gets a
/// session next takes as many as a batch has. On the processors that were measured this gains nothing for networks whose weights
/// fit the caches, so a batch has one clip unless another size is asked for.
final class ClipBatcher: ModelRunner {
  private let size: Int
  private let executor: Executor
  private let line: Guarded<Line>

  /// Creates a batcher.
  ///
  /// - Parameters:
  ///   - size: The largest number of clips that run in a row.
  ///   - executor: The executor of the sessions.
  init(size: Int, executor: Executor) {
    (self.size, self.executor) = (size, executor)
    line = Guarded(Line(free: executor.threads))
  }

  /// The number of clips, and of batches that they ran in.
  var counts: (clips: Int, batches: Int) { line.withLock { ($0.clips, $0.batches) } }

  func run(_ model: Model, _ inputs: [Tensor], threads: Int) throws -> (results: [Tensor], time: Duration) {
    guard size > 1 else {
      line.withLock { $0.count(1) }
      return try executor.run(model, inputs, threads: threads)
    }
    let clip = WaitingClip(inputs)
    line.withLock { $0.waiting.append(clip) }
    // Others may compute meanwhile, so that their clips come and wait.
    guard let turn = Turn.current else { return try result(of: clip, model, threads: threads) }
    let found = try turn.pause { try result(of: clip, model, threads: threads) }
    turn.add(found.time)
    try turn.check()
    return found
  }

  private func result(
    of clip: WaitingClip, _ model: Model, threads: Int
  ) throws -> (results: [Tensor], time: Duration) {
    while true {
      let batch = line.wait(until: { clip.result != nil || $0.canBegin }) { line -> [WaitingClip]? in
        clip.result == nil && line.canBegin ? line.takeBatch(size) : nil
      }
      guard let batch else { break }
      run(batch, of: model, threads: threads)
    }
    return try line.withLock { _ in try clip.result?.get() } ?? ([], .zero)
  }

  private func run(_ batch: [WaitingClip], of model: Model, threads: Int) {
    let results = batch.map { clip in Result { try executor.run(model, clip.inputs, threads: threads) } }
    line.withLock { line in
      line.free += 1
      for (clip, result) in zip(batch, results) { clip.result = result }
    }
  }
}

/// A clip that waits for its result.
///
/// The conformance is unchecked because the result is used only while the line is locked.
private final class WaitingClip: @unchecked Sendable {
  let inputs: [Tensor]
  var result: Result<(results: [Tensor], time: Duration), any Error>?

  init(_ inputs: [Tensor]) { self.inputs = inputs }
}

/// The clips that wait, and the sessions that are free.
private struct Line {
  var free: Int
  var waiting: [WaitingClip] = []
  private(set) var clips = 0
  private(set) var batches = 0

  init(free: Int) { self.free = free }

  var canBegin: Bool { free > 0 && !waiting.isEmpty }

  mutating func takeBatch(_ size: Int) -> [WaitingClip] {
    free -= 1
    defer { waiting.removeFirst(min(size, waiting.count)) }
    count(min(size, waiting.count))
    return Array(waiting.prefix(size))
  }

  mutating func count(_ clips: Int) {
    self.clips += clips
    batches += 1
  }
}
