import CPU
import Foundation
import Training

/// A rank that is a thread of this process.
public final class LocalRank: RankGroup {
  /// What the ranks share.
  private struct Meeting {
    /// What the ranks have brought to the current round, and what all of them brought to the one before.
    var brought: [[UInt8]?]
    var complete: [[UInt8]] = []
    var round = 0
    var failure: RankError?
  }

  /// Memory that is summed when the sums are asked for.
  private struct Sum: @unchecked Sendable {
    let numbers: UnsafeMutableBufferPointer<Float>
  }

  /// Which of the ranks this one is.
  public let place: RankPlace
  private let meeting: Guarded<Meeting>
  private let sums = Guarded<[Sum]>([])

  private init(_ place: RankPlace, _ meeting: Guarded<Meeting>) {
    self.place = place
    self.meeting = meeting
  }

  /// Calls `body` for each of some ranks, each on a thread of its own.
  ///
  /// - Returns: What `body` returned or threw, by rank. A rank that throws makes the others throw
  ///   ``RankError/failed(rank:reason:)``.
  public static func run<Result>(
    _ count: Int, _ body: @escaping @Sendable (LocalRank) throws -> Result
  ) -> [Swift.Result<Result, any Error>] {
    let meeting = Guarded(Meeting(brought: .init(repeating: nil, count: count)))
    let results = Guarded([Swift.Result<Result, any Error>?](repeating: nil, count: count))
    for number in 0..<count {
      let thread = Thread {
        let rank = LocalRank(RankPlace(rank: number, of: count), meeting)
        let result = Swift.Result { try body(rank) }
        if case .failure(let error) = result {
          meeting.withLock { $0.failure = $0.failure ?? .failed(rank: number, reason: "\(error)") }
        }
        results.withLock { $0[number] = result }
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    return results.wait(until: { !$0.contains { $0 == nil } }) { $0.compactMap { $0 } }
  }

  /// Sums numbers over the ranks, in their order.
  public func sum(_ numbers: UnsafeMutableBufferPointer<Double>) throws {
    let all = try gather(Array(UnsafeRawBufferPointer(numbers)))
    numbers.update(repeating: 0)
    for bytes in all {
      bytes.withUnsafeBytes { bytes in
        for index in numbers.indices {
          numbers[index] += bytes.loadUnaligned(fromByteOffset: 8 * index, as: Double.self)
        }
      }
    }
  }

  /// Notes numbers to be summed.
  public func beginSum(_ numbers: UnsafeMutableBufferPointer<Float>) throws {
    sums.withLock { $0.append(Sum(numbers: numbers)) }
  }

  /// Sums the numbers that were noted, as they are now.
  public func finishSums() throws {
    for sum in sums.withLock({ $0 }) {
      let all = try gather(Array(UnsafeRawBufferPointer(sum.numbers)))
      sum.numbers.update(repeating: 0)
      for bytes in all {
        bytes.withUnsafeBytes { bytes in
          for index in sum.numbers.indices {
            sum.numbers[index] += bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
          }
        }
      }
    }
    sums.withLock { $0 = [] }
  }

  /// Returns rank 0's bytes.
  public func broadcast(_ bytes: [UInt8]) throws -> [UInt8] { try gather(bytes)[0] }

  /// Returns the bytes of all ranks.
  public func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    let round = meeting.withLock { meeting -> Int in
      defer {
        meeting.brought[place.rank] = bytes
        if !meeting.brought.contains(nil) {
          meeting.complete = meeting.brought.compactMap { $0 }
          meeting.brought = .init(repeating: nil, count: place.count)
          meeting.round += 1
        }
      }
      return meeting.round
    }
    return try meeting.wait(until: { $0.failure != nil || $0.round > round }) { meeting in
      if meeting.round == round, let failure = meeting.failure { throw failure }
      return meeting.complete
    }
  }
}
