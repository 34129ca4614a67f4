import Foundation
import Tensors
import TestSupport
import Testing
@testable import VideoAccelerator

/// Clips that are worked on while the next ones are decoded.
@Suite struct ClipPipelineTests {
  /// What happens on several threads.
  private final class Counts: @unchecked Sendable {
    struct Values {
      var made = 0, waiting = 0, mostWaiting = 0, working = 0
    }

    private let lock = NSLock()
    private var values = Values()

    func change(_ body: (inout Values) -> Void) { lock.withLock { body(&values) } }
    func work(_ body: () throws -> Void) rethrows {
      change { $0.working += 1 }
      defer { change { $0.working -= 1 } }
      Thread.sleep(forTimeInterval: 0.001)
      try body()
    }
    var current: Values { lock.withLock { values } }
  }

  private struct Stop: Error, Equatable { let reason: String }

  private func clip(_ number: Int) -> Tensor { Tensor([Float(number)], shape: [1]) }

  @Test(arguments: [(1, 1), (1, 10), (2, 10), (3, 10), (8, 10), (4, 1), (64, 3)])
  func resultsComeInTheOrderOfTheNumbersAndFewClipsWait(threads: Int, clips: Int) throws {
    let counts = Counts()
    let pipeline = ClipPipeline(threads: threads, clips: clips)
    let (results, decoding) = try pipeline.map({ clip -> Float in
      Thread.sleep(forTimeInterval: 0.001)
      counts.change { $0.waiting -= 1 }
      return clip.elements(as: Float.self)[0] * 2
    }) { add in
      for number in (0..<clips).reversed() {
        counts.change {
          $0.waiting += 1
          $0.mostWaiting = max($0.mostWaiting, $0.waiting)
        }
        try add(number, clip(number))
      }
    }
    #expect(results == (0..<clips).map { Float($0) * 2 })
    // For each other thread one that waits and one at work, and the caller's.
    #expect(counts.current.mostWaiting <= 2 * pipeline.workers - 1)
    // Making these clips takes no time, in contrast to the work.
    #expect(decoding < .milliseconds(clips))
  }

  @Test(arguments: [1, 2, 4]) func whatDecodingThrowsEndsAllThreads(threads: Int) {
    let counts = Counts()
    #expect(throws: Stop(reason: "decoding")) {
      _ = try ClipPipeline(threads: threads, clips: 100).map({ _ in counts.work {} }) { add in
        for number in 0..<5 { try add(number, clip(number)) }
        throw Stop(reason: "decoding")
      }
    }
    #expect(counts.current.working == 0)
  }

  @Test(arguments: [1, 2, 4]) func whatWorkThrowsStopsDecoding(threads: Int) {
    let counts = Counts()
    #expect(throws: Stop(reason: "work")) {
      _ = try ClipPipeline(threads: threads, clips: 1000).map({ clip in
        try counts.work { if clip.elements(as: Float.self)[0] >= 3 { throw Stop(reason: "work") } }
      }) { add in
        for number in 0..<1000 {
          counts.change { $0.made += 1 }
          try add(number, clip(number))
        }
      }
    }
    #expect(counts.current.made < 1000)
    #expect(counts.current.working == 0)
  }

  @Test func threadsAreSharedBetweenClips() {
    for (threads, clips, workers, perClip) in [
      (1, 10, 1, 1), (2, 10, 2, 1), (2, 1, 1, 2), (8, 3, 3, 2), (0, 0, 1, 1), (4, 4, 4, 1),
    ] {
      let pipeline = ClipPipeline(threads: threads, clips: clips)
      #expect(pipeline.workers == workers && pipeline.threadsPerClip == perClip, "\(threads) \(clips)")
    }
  }
}
