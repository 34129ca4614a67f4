import Foundation
import IR
import CPU
import Architectures
import TestSupport
import Tensors
import Testing

@Suite struct SessionTests {
  @Test(arguments: [1, 3])
  func sessionsOfOnePlanDoNotDisturbEachOther(batch: Int) throws {
    let model = try DeployedX3D(batch: batch)
    let inputs = (0..<4).map { model.clips(seed: UInt64($0)) }
    let threads = [1, 2, 1, 3]
    let expected = try zip(inputs, threads).map { try model.result($0, threads: $1) }
    let mistakes = Mistakes()
    DispatchQueue.concurrentPerform(iterations: 4) { number in
      do {
        let session = try Session(model.plan, threads: threads[number])
        for _ in 0..<20 where try session.run(inputs[number])[0] != expected[number] {
          mistakes.add("session \(number) gave another result")
        }
      } catch {
        mistakes.add("\(error)")
      }
    }
    #expect(mistakes.all.isEmpty)
  }

  @Test(arguments: [(1, 2), (1, 3), (1, 4), (3, 2), (3, 3), (3, 4), (1, 9)], Precision.allCases)
  func theNumberOfThreadsChangesNothing(sizes: (batch: Int, threads: Int), precision: Precision) throws {
    let model = try DeployedX3D(batch: sizes.batch, precision: precision)
    let clips = model.clips()
    let expected = try model.result(clips)
    let session = try Session(model.plan, threads: sizes.threads)
    // Shares change from run to run.
    for _ in 0..<20 { #expect(try session.run(clips)[0] == expected) }
  }

  @Test func aLimitOfThreadsChangesNothing() throws {
    let model = try DeployedX3D(batch: 1)
    let (clips, limit) = (model.clips(), ThreadLimit())
    let expected = try model.result(clips)
    let session = try Session(model.plan, threads: 3, limit: limit)
    for threads in [3, 1, 2, .max] {
      limit.threads = threads
      for _ in 0..<3 { #expect(try session.run(clips)[0] == expected) }
    }
  }

  @Test func instructionSetsAgree() throws {
    let scalar = try DeployedX3D(batch: 2, isa: .scalar)
    let clips = scalar.clips()
    let expected = meanRemoved(try scalar.result(clips))
    for isa in ISA.available {
      let result = try DeployedX3D(batch: 2, isa: isa).result(clips)
      #expect(relativeError(meanRemoved(result), expected) < 1e-4, "\(isa)")
    }
  }

  @Test func aKeptResultOutlivesTheNextRun() throws {
    let model = try DeployedX3D(batch: 1)
    let (first, second) = (model.clips(seed: 1), model.clips(seed: 2))
    let expected = try model.result(first)
    let session = try Session(model.plan)
    let kept = try session.run(first)
    #expect(try session.run(second)[0] != expected)
    #expect(kept[0] == expected)
    #expect(try session.run(first)[0] == expected)
  }

  static let refused: [(inputs: [Tensor], error: RuntimeError)] = [
    ([], .inputCount(expected: 1, found: 0)),
    ([Tensor(zeros: [1]), Tensor(zeros: [1])], .inputCount(expected: 1, found: 2)),
    (
      [Tensor(zeros: [2, 3, 4, 32, 32])],
      .input(number: 0, expected: ValueType([1, 3, 4, 32, 32]), found: ValueType([2, 3, 4, 32, 32]))
    ),
    (
      [Tensor(zeros: [1, 3, 4, 32])],
      .input(number: 0, expected: ValueType([1, 3, 4, 32, 32]), found: ValueType([1, 3, 4, 32]))
    ),
    (
      [Tensor(zeros: [1, 3, 4, 32, 32], elementType: .int32)],
      .input(
        number: 0, expected: ValueType([1, 3, 4, 32, 32]), found: ValueType([1, 3, 4, 32, 32], elementType: .int32))
    ),
  ]

  @Test(arguments: refused.indices)
  func aSessionThatRefusedInputsStaysUsable(_ index: Int) throws {
    let model = try DeployedX3D(batch: 1)
    let clips = model.clips()
    let session = try Session(model.plan, threads: 2)
    let expected = try session.run(clips)
    #expect(thrown(RuntimeError.self) { try session.run(Self.refused[index].inputs) } == Self.refused[index].error)
    #expect(try session.run(clips) == expected)
  }

  @Test(arguments: [Int.min, -1, 0, 257, Int.max])
  func refusesThreadCountsThatMakeNoSense(_ count: Int) throws {
    let model = try DeployedX3D(batch: 1)
    #expect(thrown(RuntimeError.self) { try Session(model.plan, threads: count) } == .threadCount(count))
  }
}

/// What went wrong in other threads.
private final class Mistakes: @unchecked Sendable {
  private let lock = NSLock()
  private var messages: [String] = []

  func add(_ message: String) { lock.withLock { messages.append(message) } }
  var all: [String] { lock.withLock { messages } }
}
