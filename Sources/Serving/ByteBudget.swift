import CPU

/// A number of bytes that all requests share, in memory or on a disk.
public final class ByteBudget: Sendable {
  /// What the bytes are, as in `of memory for requests`.
  private let purpose: String
  private let limit: Int
  private let taken = Guarded(0)

  /// Creates a budget.
  ///
  /// - Parameters:
  ///   - limit: The number of bytes.
  ///   - purpose: What the bytes are, for errors, as in `memory for requests`.
  public init(_ limit: Int, for purpose: String) {
    (self.limit, self.purpose) = (limit, purpose)
  }

  /// The bytes that are taken.
  public var used: Int { taken.withLock { $0 } }

  /// Takes bytes.
  ///
  /// - Throws: ``ServingError/busy(_:seconds:)`` if there are not as many left.
  public func take(_ count: Int) throws(ServingError) {
    let hasRoom = taken.withLock { taken in
      guard count <= limit - taken else { return false }
      taken += count
      return true
    }
    if !hasRoom { throw ServingError.busy("this server's \(purpose) is full", seconds: 2) }
  }

  /// Gives bytes back.
  public func give(_ count: Int) { taken.withLock { $0 -= count } }
}
