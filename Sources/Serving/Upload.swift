import CPU
import Foundation
import Tensors
import Video

/// A video that a client sends: a file without a name on this machine's disk, which can be read while it grows.
///
/// The task that receives the body appends to it, and the request's thread reads it.
public final class Upload: ArrivingFile {
  /// The name in errors.
  public let name = "the video"

  private struct State {
    var arrived = 0
    /// Why nothing more comes: nil at the end of the file.
    var end: Result<Void, any Error>?
  }

  private let descriptor: Int32
  private let announced: Int?
  private let limit: Int
  private let budget: ByteBudget
  private let state = Guarded(State())

  /// Creates an empty file.
  ///
  /// - Parameters:
  ///   - announced: The size in bytes that the client announced; nil if it did not.
  ///   - limit: The largest size in bytes.
  ///   - budget: The bytes that all uploads share.
  ///   - folder: A folder for temporary files.
  /// - Throws: ``ServingError/tooLarge(_:)``; `FileError` if the file cannot be created.
  public init(
    announced: Int?, limit: Int, budget: ByteBudget, folder: String = FileManager.default.temporaryDirectory.path
  ) throws {
    guard announced ?? 0 <= limit else { throw Self.tooLarge(limit) }
    var path = Array("\(folder)/accelerator-upload-XXXXXX".utf8CString)
    descriptor = mkstemp(&path)
    guard descriptor >= 0 else { throw FileError(path: folder, action: "write", code: errno) }
    // The file ends with its descriptor, whatever becomes of this process.
    unlink(path)
    (self.announced, self.limit, self.budget) = (announced, limit, budget)
  }

  deinit {
    close(descriptor)
    budget.give(arrived)
  }

  /// The number of bytes that are there.
  public var arrived: Int { state.withLock { $0.arrived } }

  /// Appends bytes.
  ///
  /// - Throws: ``ServingError/tooLarge(_:)``, ``ServingError/busy(_:seconds:)``; `FileError` if the disk is full.
  public func append(_ bytes: UnsafeRawBufferPointer) throws {
    let start = arrived
    guard bytes.count <= (announced ?? limit) - start else { throw Self.tooLarge(limit) }
    try budget.take(bytes.count)
    var written = 0
    while written < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
      let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(start + written))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let error = FileError(path: "the upload", action: "write", code: count < 0 ? errno : ENOSPC)
        budget.give(bytes.count)
        throw error
      }
      written += count
    }
    state.withLock { $0.arrived += bytes.count }
  }

  /// Ends the file.
  public func finish() { state.withLock { $0.end = $0.end ?? .success(()) } }

  /// Ends the waiting of those who read, as the file will not be complete. After the end it does nothing.
  public func fail(_ error: any Error) { state.withLock { $0.end = $0.end ?? .failure(error) } }

  /// Throws what keeps the file from being complete.
  public func check() throws { try state.withLock { try $0.end?.get() } }

  /// Waits until the file is complete.
  public func waitForEnd() throws { try state.wait(until: { $0.end != nil }) { try $0.end?.get() } }

  /// Returns the size in bytes, as it was announced or once all is there.
  public func size() throws -> Int {
    if let announced { return announced }
    try waitForEnd()
    return arrived
  }

  /// Copies bytes, once some are there.
  public func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws -> Int {
    let available = try state.wait(until: { $0.arrived > offset || $0.end != nil }) { state in
      if state.arrived <= offset { try state.end?.get() }
      return state.arrived - offset
    }
    guard available > 0, !target.isEmpty else { return 0 }
    while true {
      let count = pread(descriptor, target.baseAddress, min(target.count, available), off_t(offset))
      if count >= 0 { return count }
      if errno != EINTR { throw FileError(path: name, action: "read", code: errno) }
    }
  }

  private static func tooLarge(_ limit: Int) -> ServingError {
    .tooLarge("the video has over \(limit) bytes, which is this server's limit")
  }
}

/// An upload as a request reads it: it gives its turn back while it waits.
///
/// The conformance is unchecked because only the request's thread uses the turn.
final class AwaitedUpload: ArrivingFile, @unchecked Sendable {
  private let upload: Upload
  private let turn: Turn

  init(_ upload: Upload, turn: Turn) { (self.upload, self.turn) = (upload, turn) }

  var name: String { upload.name }
  var arrived: Int { upload.arrived }

  func size() throws -> Int { try turn.waitForClient { try upload.size() } }

  func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws -> Int {
    if upload.arrived > offset { return try upload.read(at: offset, into: target) }
    return try turn.waitForClient { try upload.read(at: offset, into: target) }
  }
}
