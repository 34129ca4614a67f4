/// The limits of a download.
struct DownloadLimits: Sendable {
  /// The seconds without a byte after which it fails.
  var stallTimeout: Double
  /// The largest size of the file in bytes.
  var size: Int
}

/// Downloads a file so that an interrupted download can be resumed.
enum Downloader {
  /// Downloads into `part`, which is complete afterwards; resumes from what it contains.
  ///
  /// A part is kept if the connection fails, and deleted if it cannot be resumed.
  /// - Throws: ``ZooError``, `FileError` if the file cannot be written, `CancellationError`.
  static func download(
    _ address: Address, to part: PartialDownload, limits: DownloadLimits,
    progress: @escaping @Sendable (_ received: Int, _ total: Int?) -> Void
  ) async throws {
    do {
      let resuming = part.resumable(from: address.text)
      if let resuming, resuming.size == resuming.whole.size { return }
      let end = try await Transfer(address, to: part, resuming: resuming, limits: limits, progress: progress).run()
      guard end == .startOver else { return }
      try part.discard()
      _ = try await Transfer(address, to: part, resuming: nil, limits: limits, progress: progress).run()
    } catch let error as ZooError {
      switch error {
      case .badAnswer, .tooLarge: try part.discard()
      default: break
      }
      throw error
    }
  }
}
