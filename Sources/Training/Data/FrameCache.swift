import Foundation
import Preprocessing
import Tensors
import Video

/// Decoded videos as bytes in memory, as many as fit.
///
/// Nothing is evicted: an epoch reads all videos in a new order, so an evicted video would be needed next.
/// Unchecked, because everything that changes is touched only while `lock` is locked.
final class FrameCache: @unchecked Sendable {
  private let lock = NSLock()
  private let byteLimit: Int
  private var byteCount = 0
  private var videos: [String: DecodedVideo] = [:]
  /// The paths of videos that do not fit, or are damaged.
  private var refused: Set<String> = []

  init(byteLimit: Int) { self.byteLimit = byteLimit }

  /// Returns the decoded video; nil if it is to be read from its file.
  ///
  /// - Parameters:
  ///   - path: The video file.
  ///   - shortSide: The shorter side that frames are reduced to, in pixels; nil for none.
  ///   - check: Called for each frame; may throw to cancel.
  /// - Throws: What `check` throws.
  func video(_ path: String, shortSide: Int?, check: () throws -> Void) throws -> DecodedVideo? {
    let known: DecodedVideo?? = lock.withLock { refused.contains(path) ? .some(nil) : videos[path].map { .some($0) } }
    if let known { return known }
    var taken = 0
    var isKept = false
    defer { if !isKept { release(taken) } }
    var video: DecodedVideo?
    do {
      video = try DecodedVideo(path: path) { frame in
        try check()
        let kept = shortSide.map { frame.reduced(toShortSide: $0) } ?? frame
        guard take(kept.pixels.count) else { return nil }
        taken += kept.pixels.count
        return kept
      }
    } catch is any UserFacingError {
      // Reading a clip shows whether one can be decoded nevertheless.
    }
    return lock.withLock {
      guard let video else {
        refused.insert(path)
        return nil
      }
      // Another thread may have added it.
      isKept = videos[path] == nil
      if isKept { videos[path] = video }
      return video
    }
  }

  /// The number of bytes in memory.
  var usedBytes: Int { lock.withLock { byteCount } }

  private func take(_ bytes: Int) -> Bool {
    lock.withLock {
      guard byteCount + bytes <= byteLimit else { return false }
      byteCount += bytes
      return true
    }
  }

  private func release(_ bytes: Int) { lock.withLock { byteCount -= bytes } }
}
