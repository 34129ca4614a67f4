import Foundation
import Preprocessing
import Tensors
import TestSupport
import Testing
import VideoAccelerator

@Suite struct StreamStateTests {
  private static let options: [StreamOptions] = [
    StreamOptions(method: .continual, margin: 0.02, shortest: 0.3),
    StreamOptions(method: .windows, margin: 0.02, shortest: 0.3),
    StreamOptions(margin: 0.02, shortest: 0.3),
  ]

  /// A stream at 15 frames a second, with a gap and a jump.
  private static func frames() throws -> [Frame] {
    try (0..<90).filter { !(40...48).contains($0) }.map { number in
      try SmallStreams.frame(number, at: Double(number) / 15 + (number > 70 ? 100 : 0))
    }
  }

  @Test(arguments: options) func aStreamGoesOnFromAnyFrameToTheLastBit(options: StreamOptions) throws {
    let frames = try Self.frames()
    let whole = try FrameClassifier(SmallStreams.model(), options: options)
    let other = try FrameClassifier(SmallStreams.model(), options: options)
    var expected: [StreamPrediction?] = []
    var states = [try whole.saveState()]
    for frame in frames {
      expected.append(try whole.push(frame))
      states.append(try whole.saveState())
    }
    for start in stride(from: 0, through: frames.count, by: 7) {
      try other.restoreState(states[start])
      #expect(try other.saveState() == states[start])
      let found = try frames[start...].map { try other.push($0) }
      #expect(SmallStreams.texts(found) == SmallStreams.texts(Array(expected[start...])), "from frame \(start)")
      #expect(other.counters == whole.counters)
    }
  }

  @Test func statesOfOtherStreamsAreRefused() throws {
    let frames = try SmallStreams.frames(10)
    let classifier = try FrameClassifier(SmallStreams.model(), options: Self.options[0])
    _ = try classifier.all(frames)
    let state = try classifier.saveState()
    let rate = try ClipRecipe(frameCount: 4, samplingRate: 10, shortSide: 18, cropSize: 16)
    let others = [
      try FrameClassifier(SmallStreams.model(), options: Self.options[1]),
      try FrameClassifier(SmallStreams.model(recipe: rate), options: Self.options[0]),
      try FrameClassifier(SmallStreams.stridedModel()),
    ]
    for other in others {
      _ = try other.all(frames)
      let before = try other.saveState()
      #expect(throws: (any Error).self) { try other.restoreState(state) }
      #expect(try other.saveState() == before)
    }
    #expect(throws: FormatError.self) { try classifier.restoreState([]) }
    #expect(throws: StreamError.self) { try classifier.restoreState(SafetensorsFile.bytes(of: [:])) }
  }

  @Test(arguments: options) func damagedStatesAreErrorsOrScores(options: StreamOptions) throws {
    let frames = try SmallStreams.frames(12)
    let classifier = try FrameClassifier(SmallStreams.model(), options: options)
    _ = try classifier.all(Array(frames.prefix(8)))
    let state = try classifier.saveState()
    for length in stride(from: 0, to: state.count, by: 97) {
      #expect(throws: FormatError.self) { try classifier.restoreState(Array(state.prefix(length))) }
    }
    var generator = SeededGenerator(seed: 5)
    // The header and the small tensors, which come first.
    let length = 8 + Int(state[0]) + Int(state[1]) << 8 + 200
    for _ in 0..<2000 {
      let damaged = Array(state.prefix(length)).mutated(using: &generator) + state.dropFirst(length)
      do {
        try classifier.restoreState(damaged)
        for prediction in try classifier.all(Array(frames.suffix(4))) {
          #expect(prediction.top.allSatisfy { $0.score.isFinite })
        }
      } catch is any UserFacingError {}
    }
  }

  #if compiler(>=6.2)
    /// A process that is killed, and another one that goes on with what the first saved.
    @Test func aKilledProcessGoesOnElsewhere() async throws {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        let classifier = try FrameClassifier(SmallStreams.model(), options: SmallStreams.plain)
        for (number, frame) in try SmallStreams.frames(60, rate: 12).enumerated() {
          _ = try classifier.push(frame)
          try Data(classifier.saveState()).write(
            to: URL(fileURLWithPath: Self.statePath(of: getppid())), options: .atomic)
          if number == 37 { kill(getpid(), SIGKILL) }
        }
      }
      let path = Self.statePath(of: getpid())
      defer { try? FileManager.default.removeItem(atPath: path) }
      let frames = try SmallStreams.frames(60, rate: 12)
      let whole = try FrameClassifier(SmallStreams.model(), options: SmallStreams.plain)
      let expected = try frames.map { try whole.push($0) }
      let other = try FrameClassifier(SmallStreams.model(), options: SmallStreams.plain)
      try other.restoreState(Array(Data(contentsOf: URL(fileURLWithPath: path))))
      let found = try frames[38...].map { try other.push($0) }
      #expect(SmallStreams.texts(found) == SmallStreams.texts(Array(expected[38...])))
    }

    private static func statePath(of process: pid_t) -> String { "\(NSTemporaryDirectory())/stream-\(process).state" }
  #endif
}
