import IR
import CPU
import Models
import TestSupport
import Tensors
import Testing

/// Models that are run without a session of one's own.
@Suite struct ModelRunTests {
  @Test func givesWhatASessionGivesForInputsOfAnyShape() throws {
    let model = try ModelFileTests.model()
    for (batch, threads) in [(1, 1), (2, 1), (1, 2)] {
      let clips = Tensor(
        (0..<batch * 3 * 4 * 32 * 32).map { Float($0 % 97) / 97 }, shape: [batch, 3, 4, 32, 32])
      let expected = try Session(model.plan(inputShapes: clips.shape), threads: threads).run(clips)
      let results = try model.run([clips], threads: threads)
      #expect(results == expected)
      // What was returned stays as it is.
      _ = try model.run([Tensor(zeros: clips.shape)], threads: threads)
      #expect(results == expected)
    }
  }

  @Test func refusesInputsThatTheModelDoesNotTake() throws {
    let model = try ModelFileTests.model()
    #expect(throws: GraphError.self) { try model.run([]) }
    #expect(throws: GraphError.self) { try model.run([Tensor(zeros: [1, 2, 4, 32, 32])]) }
    #expect(throws: RuntimeError.threadCount(0)) { try model.run([Tensor(zeros: [1, 3, 4, 32, 32])], threads: 0) }
  }
}
