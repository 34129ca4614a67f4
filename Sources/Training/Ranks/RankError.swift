import Tensors

/// Why several ranks cannot train together, or no longer can.
public enum RankError: UserFacingError, Equatable {
  /// A rank with other settings, another model or other videos than rank 0.
  case differs(rank: Int, differences: [String])
  /// A batch with fewer clips than there are ranks.
  case batchTooSmall(clips: Int, ranks: Int)
  /// A rank that has ended, or that the network no longer reaches.
  case noSignOfLife(rank: Int, host: String, seconds: Double)
  /// A rank that has failed, and so ends the others.
  case failed(rank: Int, reason: String)
  /// What ranks talk by has failed.
  case communication(reason: String)
  /// Several processes of a program that cannot let them train together.
  case notSupported(ranks: Int)

  /// A sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .differs(let rank, let differences):
      "rank \(rank) differs from rank 0: \(differences.joined(separator: ", ")). Give all ranks the same options, and the same "
        + "files under the same paths"
    case .batchTooSmall(let clips, let ranks):
      "a batch of \(clips) clips cannot be divided among \(ranks) ranks: give a larger batch size, or start fewer ranks"
    case .noSignOfLife(let rank, let host, let seconds):
      "rank \(rank) on \(host.printable) has given no sign of life for \(Self.text(seconds)) s: it has ended, or the network does not "
        + "reach it. The last checkpoint is unchanged: resume from it"
    case .failed(let rank, let reason): "rank \(rank) has failed: \(reason)"
    case .communication(let reason): "the ranks cannot talk to each other: \(reason.printable)"
    case .notSupported(let ranks):
      "MPI has started \(ranks) processes, but this program was built without it: build it with the package's trait MPI, or start "
        + "one process by itself"
    }
  }

  /// Whether the input is at fault; a rank that is lost is a failure of a machine.
  public var isBadInput: Bool {
    switch self {
    case .differs, .batchTooSmall, .notSupported: true
    case .noSignOfLife, .failed, .communication: false
    }
  }

  /// Returns seconds without a fraction that is 0.
  private static func text(_ seconds: Double) -> String {
    seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
  }
}
