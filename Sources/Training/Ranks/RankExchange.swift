import CPU
import Tensors

/// What the steps of a training plan exchange with the other ranks.
///
/// A step cannot throw. The first error is kept for the end of the run, and nothing is exchanged after it.
final class RankExchange: Sendable {
  let group: any RankGroup
  private let failure = Guarded<(any Error)?>(nil)

  init(_ group: any RankGroup) { self.group = group }

  /// Replaces numbers by their sums over all ranks.
  func sum(_ numbers: UnsafeMutableBufferPointer<Double>) { attempt { try group.sum(numbers) } }

  /// Begins to replace numbers by their sums over all ranks.
  func beginSum(_ numbers: UnsafeMutableBufferPointer<Float>) { attempt { try group.beginSum(numbers) } }

  /// Waits for the sums that were begun.
  func finishSums() { attempt { try group.finishSums() } }

  /// Throws the error that the latest run met.
  func check() throws {
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private func attempt(_ body: () throws -> Void) {
    guard failure.withLock({ $0 == nil }) else { return }
    do { try body() } catch { failure.withLock { $0 = error } }
  }
}

/// The ranks that share a batch, as an attribute of operations. It is about a running training: it is not written with a
/// graph, and cannot be read.
struct RankLink: Sendable, Codable, Equatable {
  let exchange: RankExchange

  init(_ exchange: RankExchange) { self.exchange = exchange }

  init(from decoder: any Decoder) throws {
    throw DecodingError.dataCorrupted(
      .init(
        codingPath: decoder.codingPath, debugDescription: "operations that ranks share belong to a running training"))
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(exchange.group.place.count)
  }

  static func == (left: RankLink, right: RankLink) -> Bool { left.exchange === right.exchange }

  /// Returns the sums of numbers over all ranks.
  func sums(_ numbers: [Double]) -> [Double] {
    var numbers = numbers
    numbers.withUnsafeMutableBufferPointer { exchange.sum($0) }
    return numbers
  }
}
