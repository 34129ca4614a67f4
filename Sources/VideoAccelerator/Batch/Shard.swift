/// A part of a batch, for machines that share the work: of `N` shards, shard `I` has the `I`-th part of the list, counted
/// from 0.
///
/// The parts are contiguous and differ by at most one video in length, so the results of all shards, one after the other,
/// are those of one run.
public struct Shard: Sendable, Equatable, CustomStringConvertible {
  /// The whole list.
  public static let whole = Shard(index: 0, of: 1)
  /// The variable that tells a pod of an indexed Kubernetes job which one it is, counted from 0.
  public static let indexVariable = "JOB_COMPLETION_INDEX"
  private static let mostShards = 1_000_000

  /// The index of this shard, less than ``count``.
  public let index: Int
  /// The number of shards.
  public let count: Int

  private init(index: Int, of count: Int) {
    self.index = index
    self.count = count
  }

  /// Reads a shard as in `3/8`, the fourth of eight; in `/8` the index is that of ``indexVariable``.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - environment: The variables of the environment.
  /// - Throws: ``BatchError/badShard(_:reason:)``.
  public init(_ text: String, environment: [String: String]) throws(BatchError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let count = Int(parts[1]), (1...Self.mostShards).contains(count) else {
      throw .badShard(text, reason: "write INDEX/COUNT, as in 0/8, or /COUNT")
    }
    let isGiven = !parts[0].isEmpty
    guard let written = isGiven ? String(parts[0]) : environment[Self.indexVariable] else {
      throw .badShard(text, reason: "\(Self.indexVariable) is not set; write INDEX/COUNT")
    }
    guard let index = Int(written), (0..<count).contains(index) else {
      let source = isGiven ? "" : "\(Self.indexVariable) is \(written.quoted), but "
      throw .badShard(text, reason: "\(source)shards are counted from 0: 0/\(count) to \(count - 1)/\(count)")
    }
    self.init(index: index, of: count)
  }

  /// The shard as in `3/8`.
  public var description: String { "\(index)/\(count)" }

  /// Returns the shard's part of a list of `total` videos.
  public func range(of total: Int) -> Range<Int> { index * total / count..<(index + 1) * total / count }
}
