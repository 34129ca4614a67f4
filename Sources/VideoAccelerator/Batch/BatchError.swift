import Tensors

/// Why a batch cannot be run.
public enum BatchError: UserFacingError, Equatable {
  /// A shard that is none.
  case badShard(String, reason: String)
  /// A list without videos.
  case noVideos(list: String)
  /// A file that has results already.
  case exists(path: String)
  /// A file that another run is writing.
  case inUse(path: String)
  /// Results without a file of settings beside them.
  case noSettings(path: String, settings: String)
  /// Results that another list, model, job, shard or option gave, each as in `top 5 → 3`.
  case otherSettings(path: String, differences: [String])
  /// Results among which are lines that this batch has not written.
  case otherLines(path: String)

  /// A sentence that says what to do.
  public var description: String {
    switch self {
    case .badShard(let text, let reason): "\(text.quoted) is not a shard: \(reason)"
    case .noVideos(let list): "\(list.printable) contains no videos"
    case .exists(let path): "\(path.printable) contains results already"
    case .inUse(let path): "another run is writing \(path.printable)"
    case .noSettings(let path, let settings):
      "\(path.printable) cannot be resumed: \(settings.printable), which says how it was made, is missing"
    case .otherSettings(let path, let differences):
      "\(path.printable) cannot be resumed, as settings differ: \(differences.joined(separator: ", "))"
    case .otherLines(let path): "\(path.printable) cannot be resumed: it has lines that this batch has not written"
    }
  }
}
