@testable import CPU
import Architectures
import TestSupport
import Tensors
import Testing

/// A profile accounts for every step of every run.
@Suite struct ProfileTests {
  @Test(arguments: [1, 2, 3], [1, 2, 5])
  func everyStepHasItsTimeAndItsEvents(threads: Int, batch: Int) throws {
    let model = try DeployedX3D(batch: batch)
    let session = try Session(model.plan, threads: threads)
    let clips = model.clips()
    let expected = try session.run(clips)[0]
    var progress: [Int] = []
    let profile = try session.profile([clips], runs: 3) { progress.append($0) }
    #expect(progress == [0, 1, 2])
    #expect(profile.runs == 3 && profile.threads == threads && profile.inputShapes == model.plan.inputShapes)
    #expect(profile.rows.map(\.record) == model.plan.records)
    #expect(profile.multiplyAdds == model.plan.multiplyAdds)
    #expect(profile.fastestMilliseconds > 0 && profile.latencyMilliseconds >= profile.fastestMilliseconds)
    for row in profile.rows {
      #expect(row.fastestMilliseconds > 0 && row.milliseconds > 0, "\(row.record)")
    }
    // A clip that is computed by one worker, and serial steps, are one worker's alone.
    for clip in 0..<batch {
      for step in model.plan.steps.indices {
        let events = profile.timeline.filter { $0.clip == clip && $0.step == step }
        #expect((1...threads).contains(events.count) && Set(events.map(\.worker)).count == events.count)
        if batch >= threads || model.plan.steps[step].isSerial { #expect(events.count == 1) }
      }
      if batch >= threads { #expect(Set(profile.timeline.filter { $0.clip == clip }.map(\.worker)).count == 1) }
    }
    for worker in 0..<threads {
      let events = profile.timeline.filter { $0.worker == worker }
      for (event, next) in zip(events, events.dropFirst()) {
        #expect(event.startMilliseconds >= 0 && event.durationMilliseconds > 0)
        #expect(event.startMilliseconds + event.durationMilliseconds <= next.startMilliseconds + 1e-6)
      }
    }
    #expect(try session.run(clips)[0] == expected)
  }

  @Test func wrongInputsAndNumbersOfRunsAreRefused() throws {
    let model = try DeployedX3D(batch: 1)
    let session = try Session(model.plan)
    #expect(throws: RuntimeError.inputCount(expected: 1, found: 0)) { try session.profile([], runs: 1) }
    for runs in [0, -1, Session.mostProfiledRuns + 1] {
      #expect(throws: RuntimeError.runCount(runs)) { try session.profile([model.clips()], runs: runs) }
    }
  }
}
