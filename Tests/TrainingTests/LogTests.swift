import Foundation
import TestSupport
import Tensors
import Testing

@testable import Training

extension TrainingEvent {
  static func step(_ step: Int, epoch: Int = 0, loss: Double = 1.5) -> TrainingEvent {
    .step(
      TrainingStep(
        step: step, epoch: epoch, loss: loss, accuracy: 0.25, learningRate: 0.1 / Double(step), clipsPerSecond: 12.5))
  }

  static func epoch(_ epoch: Int, step: Int, accuracy: Double = 0.5) -> TrainingEvent {
    .epoch(
      TrainingEpoch(
        epoch: epoch, step: step, training: ModelScore(loss: 1, accuracy: 0.75),
        validation: ModelScore(loss: 2, accuracy: accuracy, top5Accuracy: 0.9), seconds: 3))
  }
}

@Suite struct JSONLinesLogTests {
  private let events: [TrainingEvent] = [
    .text(name: "settings", "a \"line\"\nand another", step: 0), .step(1), .step(2), .epoch(0, step: 2),
    .step(3, epoch: 1),
    .step(4, epoch: 1), .epoch(1, step: 4),
  ]

  @Test func whatIsWrittenIsReadAsALineEach() throws {
    try withTemporaryFile { path in
      let log = try JSONLinesLog(path: path)
      for (count, event) in events.enumerated() {
        try log.write(event)
        // At once.
        #expect(try JSONLinesLog.events(path: path) == Array(events[...count]))
      }
      let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 7)
      #expect(
        lines[1]
          == #"{"event":"step","step":1,"epoch":0,"loss":1.5,"accuracy":0.25,"learning_rate":0.1,"clips_per_second":12.5}"#
      )
    }
  }

  @Test func trainingGoesOnAfterTheCheckpoint() throws {
    try withTemporaryFile { path in
      let log = try JSONLinesLog(path: path)
      for event in events { try log.write(event) }
      // The machine went down in the middle of a line.
      let handle = try #require(FileHandle(forWritingAtPath: path))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(#"{"event":"step","st"#.utf8))
      try handle.close()
      #expect(try JSONLinesLog.events(path: path) == events)
      try JSONLinesLog(path: path, resumingAfter: 3).write(.step(4, epoch: 1, loss: 9))
      #expect(try JSONLinesLog.events(path: path) == Array(events[...4]) + [.step(4, epoch: 1, loss: 9)])
      // And from the beginning.
      try JSONLinesLog(path: path).write(.step(1))
      #expect(try JSONLinesLog.events(path: path) == [.step(1)])
    }
    try withTemporaryFile { path in
      try JSONLinesLog(path: path, resumingAfter: 8).write(.step(9))
      #expect(try JSONLinesLog.events(path: path) == [.step(9)])
    }
  }

  @Test func lossesThatAreNotNumbersAreKept() throws {
    try withTemporaryFile { path in
      try JSONLinesLog(path: path).write(.step(1, loss: .nan))
      guard case .step(let record) = try JSONLinesLog.events(path: path).first else {
        Issue.record("no step")
        return
      }
      #expect(record.loss.isNaN && record.accuracy == 0.25)
    }
  }

  @Test func damageIsNamed() throws {
    for line in ["{\"event\":\"step\"}", "[]", "{", "{\"event\":\"leap\",\"step\":1}"] {
      try withFile(Array("\(line)\n".utf8)) { path in
        let error = thrown(FormatError.self) { try JSONLinesLog(path: path, resumingAfter: 1) }
        #expect(error?.path == path)
      }
    }
    let error = thrown(FileError.self) { try JSONLinesLog(path: "/no/such/folder/log.jsonl") }
    #expect(error?.description.contains("cannot be written") == true)
  }

  @Test func historyGoesOnFromACheckpointToo() {
    var history = TrainingHistory(events)
    #expect(history.steps.map(\.step) == [1, 2, 3, 4] && history.epochs.map(\.epoch) == [0, 1])
    history.add(.step(3, epoch: 1, loss: 7))
    #expect(history.steps.map(\.step) == [1, 2, 3] && history.steps.last?.loss == 7)
    history.add(.epoch(1, step: 4, accuracy: 0.8))
    history.add(.epoch(2, step: 6, accuracy: 0.8))
    #expect(history.epochs.map(\.epoch) == [0, 1, 2] && history.best?.epoch == 1)
    #expect(TrainingHistory().best == nil)
  }
}

@Suite struct ConfusionMatrixTests {
  @Test func countsWhatIsTakenForWhat() {
    var matrix = ConfusionMatrix(classCount: 7)
    #expect(matrix.accuracy.isNaN && matrix.accuracy(of: 0) == nil)
    matrix.add(scores: [9, 1, 2, 3, 4, 5, 6], label: 0)
    matrix.add(scores: [9, 1, 2, 3, 4, 5, 6], label: 6)
    matrix.add(scores: [9, 1, 2, 3, 4, 5, 6], label: 3)
    matrix.add(scores: [9, 1, 2, 3, 4, 5, 6], label: 2)
    matrix.add(scores: [0, 0, 0, 0, 0, 0, 1], label: 2)
    matrix.add(scores: [9, 1, 2, 3, 4, 5, 6], label: 2)
    #expect(matrix.total == 6 && matrix.accuracy == 1.0 / 6)
    // Of equal scores the first is the highest: class 2 of zeros is fourth, after 6, 0 and 1.
    #expect(matrix.top5Accuracy == 4.0 / 6)
    // Of five classes the right one is always among the first five.
    #expect(ConfusionMatrix(classCount: 5).top5Accuracy == nil && ConfusionMatrix(classCount: 6).top5Accuracy != nil)
    #expect(matrix[2, 0] == 2 && matrix[2, 6] == 1 && matrix[0, 0] == 1 && matrix[5, 5] == 0)
    #expect(matrix.accuracy(of: 0) == 1 && matrix.accuracy(of: 2) == 0 && matrix.total(of: 2) == 3)
    #expect(
      matrix.mistakes == [
        .init(label: 2, predicted: 0, count: 2), .init(label: 2, predicted: 6, count: 1),
        .init(label: 3, predicted: 0, count: 1),
        .init(label: 6, predicted: 0, count: 1),
      ])
  }

  @Test func scoresThatAreNotNumbersAreNeverRight() {
    var matrix = ConfusionMatrix(classCount: 2)
    matrix.add(scores: [.nan, .nan], label: 0)
    matrix.add(scores: [.nan, -3], label: 1)
    #expect(matrix.accuracy == 0.5 && matrix.accuracy(of: 0) == 0 && matrix.accuracy(of: 1) == 1)
  }
}

@Suite struct TrainingProgressTests {
  @Test func linesSayWhatIsKnown() {
    var progress = TrainingProgress(epoch: 2, of: 20, stepsPerEpoch: 450)
    #expect(progress.line == "epoch 3/20 · step   0/450 · loss – · accuracy – · – clips/s · – left")
    progress.add(loss: 1.23456, correct: 3, clips: 8, seconds: 0.5)
    #expect(progress.clipsPerSecond == 16 && progress.secondsLeft == 0.5 * (17 * 450 + 449))
    #expect(
      progress.line == "epoch 3/20 · step   1/450 · loss 1.2346 · accuracy 37.5 % · 16.0 clips/s · 1:07:30 left")
    progress.add(loss: .nan, correct: 8, clips: 8, seconds: 0.5)
    #expect(progress.line.hasPrefix("epoch 3/20 · step   2/450 · loss – · accuracy 68.8 % · 16.0 clips/s"))
  }

  @Test func timeLeftFollowsTheSpeedOfLate() {
    var progress = TrainingProgress(epoch: 0, of: 1, stepsPerEpoch: 200)
    for _ in 0..<50 { progress.add(loss: 1, correct: 0, clips: 4, seconds: 1) }
    #expect(progress.line.hasSuffix("4.0 clips/s · 2:30 left"))
    for _ in 0..<100 { progress.add(loss: 1, correct: 0, clips: 4, seconds: 2) }
    #expect(abs(progress.secondsLeft - 100) < 0.5)
    let next = TrainingProgress(epoch: 0, of: 1, stepsPerEpoch: 200, from: 195, after: progress)
    #expect(abs(next.secondsLeft - 10) < 0.1)
    #expect(next.line.contains("step 195/200") && next.line.hasSuffix("0:10 left"))
  }
}
