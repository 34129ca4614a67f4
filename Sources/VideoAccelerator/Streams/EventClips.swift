import CPU
import Foundation
import Preprocessing
import Tensors
import Video

/// Writes the seconds around events of a live video as files, in H.264.
///
/// The last seconds are kept in memory, within a bound: large frames are kept smaller. Files are written on a thread of
/// their own; what cannot be written is told, and nothing else ends.
package final class EventClips {
  /// The most bytes of frames in a clip.
  private static let mostBytes = 128 << 20
  private let folder: String
  private let before: Double, after: Double
  private let longestGap: Double
  /// The frame rate by which frames are scaled so that a clip fits, in frames per second.
  package var frameRate = 30.0
  private let writer: ClipWriter
  /// The latest frames.
  private var recent: [Frame] = []
  private var clip: Clip?

  /// A clip that is being collected.
  private struct Clip {
    let name: String
    var frames: [Frame]
    /// The timestamp at which it ends.
    var end: Double
  }

  /// Creates the writer, and the folder.
  ///
  /// - Parameters:
  ///   - folder: The folder for the files.
  ///   - before: The seconds before an event.
  ///   - after: The seconds after an event.
  ///   - longestGap: The longest time between two frames in seconds that are in one clip.
  /// - Throws: `FileError` if there cannot be such a folder.
  package init(folder: String, before: Double, after: Double, longestGap: Double = .infinity) throws {
    try FileSystem.makeFolder(folder)
    (self.folder, self.before, self.after) = (folder, before, after)
    self.longestGap = longestGap
    writer = ClipWriter()
  }

  /// Adds a frame.
  package func add(_ frame: Frame) throws {
    let frame = try fitting(frame)
    if let last = recent.last,
      (last.width, last.height) != (frame.width, frame.height) || frame.timestamp - last.timestamp > longestGap
    {
      breakOff()
    }
    recent.append(frame)
    let oldest = frame.timestamp - before
    let fitting = Self.mostBytes / frame.pixels.count
    recent.removeFirst(max(recent.firstIndex { $0.timestamp >= oldest } ?? 0, recent.count - fitting))
    guard clip != nil else { return }
    clip?.frames.append(frame)
    guard let clip else { return }
    if frame.timestamp >= clip.end {
      close()
    } else if clip.frames.count >= fitting {
      // It goes on in another file.
      close()
      self.clip = Clip(name: clip.name, frames: [], end: clip.end)
    }
  }

  /// Begins a clip, or prolongs the one that is being collected.
  ///
  /// - Parameters:
  ///   - label: What has happened, for the file's name.
  ///   - place: When it happened, for the file's name.
  ///   - timestamp: The timestamp of its frame.
  package func mark(_ label: String, at place: String, timestamp: Double) {
    if clip == nil { clip = Clip(name: "\(place)-\(Self.safe(label))", frames: recent, end: 0) }
    clip?.end = timestamp + after
  }

  /// Ends what is being collected, as the next frame does not follow the last one.
  package func breakOff() {
    close()
    recent = []
  }

  /// Whether a clip is written later if too many wait already; otherwise it is left out.
  package var waits = false

  /// Returns the files that were written since the last call, and why others were not.
  package func takeResults() -> (files: [String], failures: [String]) { writer.takeResults() }

  /// Writes what is left, and waits until all is written.
  package func finish() {
    breakOff()
    writer.finish()
  }

  private func close() {
    guard let clip, !clip.frames.isEmpty else {
      self.clip = nil
      return
    }
    self.clip = nil
    writer.add(clip.frames, to: "\(folder)/\(clip.name)", waits: waits)
  }

  /// Returns a frame small enough for a clip of such frames to fit.
  private func fitting(_ frame: Frame) throws -> Frame {
    let share = Double(Self.mostBytes) / (frameRate * max(before + after, 1) * Double(frame.pixels.count))
    guard share < 1 else { return frame }
    let side = { (length: Int) in max(2, Int(Double(length) * share.squareRoot()) & ~1) }
    return try frame.scaled(to: FrameSize(width: side(frame.width), height: side(frame.height)))
  }

  /// Returns a label with only letters, digits and `_`, for a file's name.
  private static func safe(_ label: String) -> String {
    let words = label.unicodeScalars.prefix(200)
      .split { !($0.properties.isAlphabetic && $0.isASCII || ("0"..."9").contains($0)) }
    let name = words.map { String(String.UnicodeScalarView($0)) }.joined(separator: "_").prefix(60)
    return name.isEmpty ? "event" : String(name)
  }
}

/// Writes clips one after the other on a thread of its own.
private final class ClipWriter: Sendable {
  /// The most clips that wait.
  private static let mostWaiting = 2

  private struct State {
    var waiting: [(frames: [Frame], path: String)] = []
    var isWriting = false
    var isFinished = false
    var files: [String] = []
    var failures: [String] = []
  }

  private let state: Guarded<State>

  init() {
    let state = Guarded(State())
    self.state = state
    let thread = Thread {
      while let clip = state.wait(
        until: { $0.isFinished || !$0.waiting.isEmpty },
        { state -> (frames: [Frame], path: String)? in
          state.isWriting = !state.waiting.isEmpty
          return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
        })
      {
        let result = Result { try Self.write(clip.frames, to: clip.path) }
        state.withLock {
          $0.isWriting = false
          switch result {
          case .success(let path): $0.files.append(path)
          case .failure(let error): $0.failures.append("\(error)")
          }
        }
      }
    }
    thread.name = "clips"
    thread.start()
  }

  deinit { state.withLock { $0.isFinished = true } }

  func takeResults() -> (files: [String], failures: [String]) {
    state.withLock { state in
      defer { (state.files, state.failures) = ([], []) }
      return (state.files, state.failures)
    }
  }

  func add(_ frames: [Frame], to path: String, waits: Bool) {
    state.wait(until: { !waits || $0.waiting.count < Self.mostWaiting }) {
      guard $0.waiting.count < Self.mostWaiting else {
        $0.failures.append("\(path.printable).mp4 was left out: writing clips takes longer than they last")
        return
      }
      $0.waiting.append((frames, path))
    }
  }

  func finish() { state.wait(until: { $0.waiting.isEmpty && !$0.isWriting }) { $0.isFinished = true } }

  /// Writes frames under a name that no file has yet; returns the path.
  private static func write(_ frames: [Frame], to name: String) throws -> String {
    let (first, last) = (frames[0], frames[frames.count - 1])
    let seconds = last.timestamp - first.timestamp
    let rate = frames.count > 1 ? min(max(Double(frames.count - 1) / seconds, 1), 240) : 25
    return try VideoWriter.write(
      toNew: name, container: "mp4", width: first.width, height: first.height,
      encoding: VideoEncoding(framesPerSecond: rate)
    ) { writer in
      for frame in frames {
        try writer.append(
          Frame(
            width: frame.width, height: frame.height, pixels: frame.pixels,
            timestamp: frame.timestamp - first.timestamp))
      }
    }
  }
}
