import Foundation
import Tensors

/// Event files for TensorBoard: curves of scalars, and texts.
///
/// The files are written here, without TensorFlow: records framed as TFRecords, of `Event` messages
/// (`tensorflow/core/util/event.proto`) in protobuf's wire format.
public final class TensorBoardLog: TrainingLog {
  private let file: AppendedFile
  private let now: () -> Date

  /// Creates a new event file.
  ///
  /// - Parameters:
  ///   - folder: The folder of the event files, which is made if it does not exist.
  ///   - step: The step of the checkpoint that training resumes from: TensorBoard skips what earlier files have after
  ///     it. Nil if training starts.
  /// - Throws: `FileError`.
  public convenience init(folder: String, resumingAfter step: Int? = nil) throws {
    try self.init(folder: folder, resumingAfter: step, now: Date.init)
  }

  init(folder: String, resumingAfter step: Int?, now: @escaping () -> Date) throws {
    self.now = now
    try FileSystem.makeFolder(folder)
    file = try Self.newFile(in: folder, at: now())
    try append(EventMessage(time: now().timeIntervalSince1970, content: .version))
    if let step {
      // Steps after the checkpoint are logged once more.
      try append(EventMessage(time: now().timeIntervalSince1970, step: step + 1, content: .sessionStart))
    }
  }

  /// Appends an event.
  public func write(_ event: TrainingEvent) throws {
    for content in Self.contents(event) {
      try append(EventMessage(time: now().timeIntervalSince1970, step: event.step, content: content))
    }
  }

  private func append(_ message: EventMessage) throws { try file.append(TFRecord.framed(message.bytes)) }

  private static func contents(_ event: TrainingEvent) -> [EventMessage.Content] {
    switch event {
    case .step(let record):
      [
        .scalar("train/loss", record.loss), .scalar("train/accuracy", record.accuracy),
        .scalar("train/learning_rate", record.learningRate), .scalar("train/clips_per_second", record.clipsPerSecond),
      ]
    case .epoch(let record):
      scores(record.training, "epoch") + (record.validation.map { scores($0, "validation") } ?? [])
    case .text(let name, let text, _): [.text(name, text)]
    }
  }

  private static func scores(_ score: ModelScore, _ name: String) -> [EventMessage.Content] {
    [.scalar("\(name)/loss", score.loss), .scalar("\(name)/accuracy", score.accuracy)]
      + (score.top5Accuracy.map { [.scalar("\(name)/top5_accuracy", $0)] } ?? [])
  }

  /// Creates a file whose name sorts after all others of the folder: TensorBoard reads them in this order.
  private static func newFile(in folder: String, at date: Date) throws -> AppendedFile {
    let prefix = "events.out.tfevents."
    let names = (try? FileSystem.names(in: folder)) ?? []
    let last = names.filter { $0.hasPrefix(prefix) }.compactMap { Int($0.dropFirst(prefix.count).prefix { $0 != "." }) }
      .max()
    let stamp = max(Int(date.timeIntervalSince1970), last.map { $0 + 1 } ?? 0)
    return try AppendedFile(path: "\(folder)/\(prefix)\(stamp).accelerator", isNew: true)
  }
}
