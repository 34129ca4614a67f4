import Foundation
import Tensors

/// The folder of downloaded checkpoints.
///
/// A checkpoint is kept as it was published, as `checkpoints/NAME.pyth`, with `NAME.json` beside it: its source and its
/// SHA-256, recorded at the download and compared at each use. A checkpoint in the cache is used without a network.
/// Processes may share a folder.
public struct ModelCache: Sendable {
  /// The folder; it need not exist.
  public let folder: String
  /// The seconds without a byte after which a download fails.
  public let stallTimeout: Double
  /// The largest size of a checkpoint in bytes.
  public let sizeLimit: Int

  /// Creates a cache in a folder.
  ///
  /// - Parameters:
  ///   - folder: The folder of the cache.
  ///   - stallTimeout: The seconds without a byte after which a download fails.
  ///   - sizeLimit: The largest size of a checkpoint in bytes.
  public init(folder: String, stallTimeout: Double = 60, sizeLimit: Int = 4 << 30) {
    self.folder = folder
    self.stallTimeout = stallTimeout
    self.sizeLimit = sizeLimit
  }

  /// Creates the user's cache: in `ACCELERATOR_HOME`, or else in the folder `video-accelerator` of the user's caches
  /// (`XDG_CACHE_HOME` or `~/.cache`, `~/Library/Caches` on Apple's systems).
  ///
  /// - Throws: ``ZooError/noCacheFolder`` if the environment names none of these.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) throws(ZooError) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    if let folder = value("ACCELERATOR_HOME") {
      self.init(folder: folder)
    } else if let caches = value("XDG_CACHE_HOME"), caches.hasPrefix("/") {  // others are to be ignored, says XDG
      self.init(folder: "\(caches)/video-accelerator")
    } else if let home = value("HOME") {
      #if canImport(Darwin)
        self.init(folder: "\(home)/Library/Caches/video-accelerator")
      #else
        self.init(folder: "\(home)/.cache/video-accelerator")
      #endif
    } else {
      throw .noCacheFolder
    }
  }

  /// Returns the record of a model's download; nil if it is not in the cache.
  ///
  /// - Throws: ``ZooError/changed(path:name:)`` if the record is invalid, `FileError` if it cannot be read.
  public func record(for entry: ZooEntry) throws -> PullRecord? {
    guard FileSystem.exists(checkpoint(entry)), FileSystem.exists(recordFile(entry)) else { return nil }
    do {
      return try PullRecord(contentsOf: recordFile(entry))
    } catch is FormatError {
      throw ZooError.changed(path: recordFile(entry), name: entry.name)
    }
  }

  /// Returns the checkpoint's file, checked against its record; nil if the model is not in the cache.
  ///
  /// - Throws: ``ZooError/changed(path:name:)``, `FileError` if a file cannot be read.
  /// - Complexity: Reads the whole file.
  public func path(for entry: ZooEntry) throws -> String? {
    guard let record = try record(for: entry) else { return nil }
    let path = checkpoint(entry)
    let found = try Files.sha256(of: path)
    guard found.hash == record.sha256 else { throw ZooError.changed(path: path, name: entry.name) }
    return path
  }

  /// Downloads a model unless it is in the cache, and resumes an interrupted download.
  ///
  /// - Parameters:
  ///   - entry: The model.
  ///   - address: The address to download from; nil for the entry's own.
  ///   - sha256: The expected SHA-256 of the file, 64 hexadecimal digits; nil for none.
  ///   - force: Whether to download a model that is in the cache again, and replace it.
  ///   - progress: Called often, on any thread, with the bytes received and the size of the file, if known.
  /// - Returns: The checkpoint's file.
  /// - Throws: ``ZooError``; `FileError` if the cache cannot be written, because the disk is full, for example;
  ///   `CancellationError`.
  public func pull(
    _ entry: ZooEntry, from address: String? = nil, sha256: String? = nil, force: Bool = false,
    progress: @escaping @Sendable (_ received: Int, _ total: Int?) -> Void = { _, _ in }
  ) async throws -> String {
    let address = try Address(address ?? entry.url)
    let expected = try sha256.map(Self.checkedHash)
    try FileSystem.makeFolder(checkpoints)
    return try await FileLock.holding(file(entry, "lock")) {
      if !force, let path = try path(for: entry), let record = try record(for: entry) {
        try Self.check(record.sha256, expected, source: path)
        return path
      }
      let part = PartialDownload(of: checkpoint(entry))
      try await Downloader.download(address, to: part, limits: limits(for: entry), progress: progress)
      let (hash, size) = try Files.sha256(of: part.path)
      do { try Self.check(hash, expected, source: address.text) } catch {
        try part.discard()
        throw error
      }
      try keep(part, for: entry, as: PullRecord(url: address.text, sha256: hash, size: size, date: .now))
      return checkpoint(entry)
    }
  }

  /// Puts a complete download in place.
  ///
  /// At no time is there a record beside a file that it does not belong to: after a crash between two steps, the model
  /// has to be pulled again.
  private func keep(_ part: PartialDownload, for entry: ZooEntry, as record: PullRecord) throws {
    try FileSystem.delete(checkpoint(entry))
    try record.write(to: recordFile(entry))
    try part.finish(as: checkpoint(entry))
  }

  private func limits(for entry: ZooEntry) -> DownloadLimits {
    DownloadLimits(stallTimeout: stallTimeout, size: entry.size.map { min($0 * 2, sizeLimit) } ?? sizeLimit)
  }

  private static func checkedHash(_ text: String) throws(ZooError) -> String {
    guard text.wholeMatch(of: /[0-9A-Fa-f]{64}/) != nil else { throw .badHash(text) }
    return text.lowercased()
  }

  private static func check(_ found: String, _ expected: String?, source: String) throws(ZooError) {
    if let expected, found != expected { throw .wrongHash(source: source, expected: expected, found: found) }
  }

  private var checkpoints: String { "\(folder)/checkpoints" }
  private func file(_ entry: ZooEntry, _ suffix: String) -> String { "\(checkpoints)/\(entry.name).\(suffix)" }
  private func checkpoint(_ entry: ZooEntry) -> String { file(entry, "pyth") }
  private func recordFile(_ entry: ZooEntry) -> String { file(entry, "json") }
}
