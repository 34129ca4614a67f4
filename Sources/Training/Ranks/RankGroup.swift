import Tensors

/// The ranks of a training run: processes that train the same network, each on its part of every batch.
///
/// All ranks call the same functions in the same order, and each call returns what all of them gave. The results are the
/// same on all ranks. A call throws where a rank has ended or does not answer; the group is of no use then.
public protocol RankGroup: AnyObject, Sendable {
  /// Which of the ranks this one is.
  var place: RankPlace { get }

  /// Replaces numbers by their sums over all ranks.
  func sum(_ numbers: UnsafeMutableBufferPointer<Double>) throws

  /// Begins to replace numbers by their sums over all ranks, while the caller goes on.
  ///
  /// - Parameter numbers: Memory that nobody else touches before ``finishSums()``.
  func beginSum(_ numbers: UnsafeMutableBufferPointer<Float>) throws

  /// Waits until all sums that were begun are there.
  func finishSums() throws

  /// Returns the bytes that rank 0 has given; those of the others do not count.
  func broadcast(_ bytes: [UInt8]) throws -> [UInt8]

  /// Returns the bytes of each rank, in the order of ranks.
  func gather(_ bytes: [UInt8]) throws -> [[UInt8]]
}

/// Which of a run's ranks a process is, and so which part of every batch it has.
public struct RankPlace: Sendable, Hashable {
  /// The rank, counted from 0.
  public let rank: Int
  /// The number of ranks.
  public let count: Int

  /// Creates a place.
  public init(rank: Int, of count: Int) {
    precondition((0..<count).contains(rank), "of \(count) ranks none is \(rank)")
    (self.rank, self.count) = (rank, count)
  }

  /// That of a process that trains by itself.
  public static let alone = RankPlace(rank: 0, of: 1)

  /// Whether this rank writes files, and shows how training goes on.
  public var leads: Bool { rank == 0 }

  /// Returns the rows of a batch that this rank has: the parts follow each other and differ by one row at most.
  public func rows(of whole: Int) -> Range<Int> { whole * rank / count..<whole * (rank + 1) / count }
}

extension RankGroup {
  /// Returns the sums over all ranks.
  func sums(_ numbers: [Double]) throws -> [Double] {
    var numbers = numbers
    try numbers.withUnsafeMutableBufferPointer { try sum($0) }
    return numbers
  }

  /// Returns the value that rank 0 has given.
  package func broadcast<Value: Codable>(_ value: Value) throws -> Value {
    try Self.decoded(broadcast(place.leads ? Self.encoded(value) : []))
  }

  /// Returns the value of each rank.
  package func gather<Value: Codable>(_ value: Value) throws -> [Value] {
    try gather(Self.encoded(value)).map { try Self.decoded($0) }
  }

  /// Checks that all ranks have the same properties as rank 0; all of them throw if one has not.
  ///
  /// - Throws: ``RankError/differs(rank:differences:)``.
  package func requireSame(_ properties: [(name: String, value: String)]) throws {
    let all = try gather(properties.map(\.value))
    for (rank, own) in all.enumerated() where own != all[0] {
      let differences = zip(properties.indices, zip(all[0], own)).filter { $1.0 != $1.1 }.map {
        "\(properties[$0].name) \($1.0) → \($1.1)"
      }
      throw RankError.differs(rank: rank, differences: differences)
    }
  }

  private static func encoded(_ value: some Encodable) throws -> [UInt8] {
    // In an array, as not every value is a document by itself.
    Array(try JSON(encoding: [value]).text().utf8)
  }

  private static func decoded<Value: Decodable>(_ bytes: [UInt8]) throws -> Value {
    let path = "what a rank has sent"
    let values: [Value] = try JSON(parsing: bytes, path: path).document(path: path).decode()
    guard let value = values.first else { throw FormatError(path: path, "\(path) is empty") }
    return value
  }
}
