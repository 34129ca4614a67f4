import Foundation
import Tensors

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// One request, whose response is written to a file as it arrives.
///
/// Unchecked, because all state is accessed only on `queue`, on which the session also calls its delegate.
final class Transfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  /// How a successful transfer ends.
  enum End {
    /// The file is complete.
    case complete
    /// The server's file is not the one that the existing part belongs to.
    case startOver
  }

  private static let redirectionLimit = 10

  private let address: Address
  private let part: PartialDownload
  private let resuming: (whole: PartialDownload.Whole, size: Int)?
  private let limits: DownloadLimits
  private let progress: @Sendable (_ received: Int, _ total: Int?) -> Void

  private let queue = DispatchQueue(label: "model-zoo.transfer")
  private var continuation: CheckedContinuation<End, any Error>?
  private var watchdog: (any DispatchSourceTimer)?
  private var isCancelled = false
  private var redirections = 0
  private var file: FileHandle?
  private var received = 0
  private var expected: Int?

  init(
    _ address: Address, to part: PartialDownload, resuming: (whole: PartialDownload.Whole, size: Int)?,
    limits: DownloadLimits, progress: @escaping @Sendable (_ received: Int, _ total: Int?) -> Void
  ) {
    self.address = address
    self.part = part
    self.resuming = resuming
    self.limits = limits
    self.progress = progress
  }

  /// Requests the file, or the rest of it, and waits for the end.
  ///
  /// - Throws: ``ZooError``, `FileError` if the file cannot be written, `CancellationError`.
  func run() async throws -> End {
    let session = makeSession()
    defer { session.invalidateAndCancel() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        queue.async { self.start(session, continuation) }
      }
    } onCancel: {
      queue.async {
        self.isCancelled = true
        self.end(.failure(CancellationError()))
      }
    }
  }

  /// Returns a session that stores nothing; proxies are those of the system, or of the environment on Linux.
  private func makeSession() -> URLSession {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.urlCache = nil
    configuration.httpShouldSetCookies = false
    // The watchdog has to be first, as it can say how far the download came.
    configuration.timeoutIntervalForRequest = limits.stallTimeout * 2 + 10
    let operations = OperationQueue()
    operations.maxConcurrentOperationCount = 1
    operations.underlyingQueue = queue
    return URLSession(configuration: configuration, delegate: self, delegateQueue: operations)
  }

  private func start(_ session: URLSession, _ continuation: CheckedContinuation<End, any Error>) {
    self.continuation = continuation
    guard !isCancelled else { return end(.failure(CancellationError())) }
    var request = URLRequest(url: address.url)
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    request.setValue("video-accelerator", forHTTPHeaderField: "User-Agent")
    if let resuming {
      request.setValue("bytes=\(resuming.size)-", forHTTPHeaderField: "Range")
      request.setValue(resuming.whole.validator, forHTTPHeaderField: "If-Range")
    }
    startWatchdog()
    session.dataTask(with: request).resume()
  }

  private func startWatchdog() {
    let timer = DispatchSource.makeTimerSource(queue: queue)
    timer.setEventHandler { [weak self] in
      guard let self else { return }
      end(.failure(ZooError.stalled(url: address.text, seconds: limits.stallTimeout, received: received)))
    }
    watchdog = timer
    feedWatchdog()
    timer.activate()
  }

  private func feedWatchdog() { watchdog?.schedule(deadline: .now() + limits.stallTimeout) }

  /// Ends the transfer once; anything that the session reports later is ignored.
  private func end(_ result: Result<End, any Error>) {
    guard let continuation else { return }
    self.continuation = nil
    watchdog?.cancel()
    file = nil
    continuation.resume(with: result)
  }
}

extension Transfer {
  func urlSession(
    _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
  ) {
    // On Linux, a response after the task was cancelled is a fatal error. `end` leads to that, so the response comes
    // first.
    guard continuation != nil else { return }
    redirections += 1
    feedWatchdog()
    let isDowngrade = address.url.scheme?.lowercased() == "https" && request.url?.scheme?.lowercased() != "https"
    guard isDowngrade || redirections > Self.redirectionLimit else { return completionHandler(request) }
    completionHandler(nil)
    let problem = isDowngrade ? "the server sends on to an address without https" : "the server sends on in circles"
    end(.failure(ZooError.badAnswer(url: address.text, problem: problem)))
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    guard continuation != nil else { return }
    feedWatchdog()
    do {
      guard let file = try file ?? openFile(for: dataTask) else { return }
      try checkSize(received + data.count)
      do { try file.write(contentsOf: data) } catch {
        throw FileError(path: part.path, action: "write", code: Files.code(of: error))
      }
      received += data.count
      progress(received, expected)
    } catch {
      end(.failure(error))
    }
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    guard continuation != nil else { return }
    do { try complete(task, error) } catch { end(.failure(error)) }
  }

  /// Reads the header of the response and opens the file for the body; nil if there is none.
  ///
  /// It is called with the first bytes, or at the end if there are none, and not when a header arrives: on Linux the
  /// first one may be a proxy's, which opens a tunnel for HTTPS, and says nothing about the file.
  private func openFile(for task: URLSessionTask) throws -> FileHandle? {
    guard let head = task.response as? HTTPURLResponse else {
      throw ZooError.unreachable(url: address.text, reason: "the server sent no answer")
    }
    switch try Answer(head, url: address.text, resuming: resuming) {
    case .startOver:
      end(.success(.startOver))
      return nil
    case .whole(let size, let validator):
      try checkSize(size ?? 0)
      expected = size
      file = try part.open(startingOver: validator.map { .init(url: address.text, validator: $0, size: size) })
    case .rest(let size):
      try checkSize(size ?? 0)
      expected = size
      received = resuming?.size ?? 0
      file = try part.openToGoOn()
    }
    progress(received, expected)
    return file
  }

  /// Checks whether the file is complete.
  private func complete(_ task: URLSessionTask, _ error: (any Error)?) throws {
    if let error, file == nil { throw ZooError.unreachable(url: address.text, reason: Self.reason(error)) }
    guard let file = try file ?? openFile(for: task) else { return }
    guard error == nil, received >= expected ?? 0 else {
      throw ZooError.interrupted(url: address.text, received: received, expected: expected)
    }
    guard received > 0 else { throw ZooError.badAnswer(url: address.text, problem: "the server sent an empty file") }
    do { try file.synchronize() } catch {
      throw FileError(path: part.path, action: "write", code: Files.code(of: error))
    }
    end(.success(.complete))
  }

  private func checkSize(_ size: Int) throws(ZooError) {
    if size > limits.size { throw .tooLarge(url: address.text, limit: limits.size) }
  }

  /// Returns the system's message, without the full stop.
  private static func reason(_ error: any Error) -> String {
    let text = error.localizedDescription
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }
}
