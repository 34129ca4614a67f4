import Foundation
import Preprocessing
import Tensors
import Video

/// Videos that were decoded once, as bytes in memory: as many as fit.
///
/// Nothing is thrown out for others: an epoch asks for all videos in a new order, so what is thrown out is what comes next.
/// Unchecked, because everything that changes is touched only while `lock` is locked.
final class FrameCache: @unchecked Sendable {
  private let lock = NSLock()
  private let byteLimit: Int
  private var byteCount = 0
  private var videos: [String: DecodedVideo] = [:]
  /// Videos that do not fit, or are damaged.
  private var refused: Set<String> = []

  init(byteLimit: Int) { self.byteLimit = byteLimit }

  /// The decoded video; nil where it is to be read from its file.
  ///
  /// - Parameter shortSide: what frames are reduced to, if anything.
  /// - Throws: What `check` throws, which is called for each frame.
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
      // Whether a clip of it can be had nevertheless shows when one is read.
    }
    return lock.withLock {
      guard let video else {
        refused.insert(path)
        return nil
      }
      // Another thread may have been faster.
      isKept = videos[path] == nil
      if isKept { videos[path] = video }
      return video
    }
  }

  /// How many bytes are in memory now.
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
