import CPU
import Foundation
import TestSupport
import Testing
import Video

@testable import Serving

/// Videos are read while they arrive.
@Suite struct UploadTests {
  private let budget = ByteBudget(1 << 24, for: "disk")

  private static let clip = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Samples/mountain-path.mp4").standardizedFileURL

  @Test("frames of a video come while the rest is still missing")
  func decodesWhileItArrives() throws {
    let bytes = [UInt8](try Data(contentsOf: Self.clip))
    let upload = try Upload(announced: bytes.count, limit: 1 << 24, budget: budget)
    try bytes[..<(bytes.count / 2)].withUnsafeBytes { try upload.append($0) }
    let reader = try VideoReader(upload, threads: 1)
    let whole = try VideoReader(path: Self.clip.path, threads: 1)
    #expect(reader.timeline == whole.timeline)
    // Of half of the bytes.
    for _ in 0..<10 { #expect(try reader.nextFrame() == whole.nextFrame()) }
    try bytes[(bytes.count / 2)...].withUnsafeBytes { try upload.append($0) }
    upload.finish()
    while let frame = try whole.nextFrame() { #expect(try reader.nextFrame() == frame) }
    #expect(try reader.nextFrame() == nil)
    #expect(reader.damage == nil)
  }

  @Test("who waits for bytes is told why they do not come")
  func failure() async throws {
    let upload = try Upload(announced: 100, limit: 1000, budget: budget)
    let reading = Task.detached {
      var target = [UInt8](repeating: 0, count: 10)
      return try target.withUnsafeMutableBytes { try upload.read(at: 0, into: $0) }
    }
    upload.fail(ServingError.tooSlow)
    await #expect(throws: ServingError.tooSlow) { try await reading.value }
  }

  @Test("what is larger than announced, the limit or the disk is refused, and the disk given back")
  func limits() throws {
    #expect(throws: ServingError.self) { try Upload(announced: 1001, limit: 1000, budget: budget) }
    do {
      let upload = try Upload(announced: 10, limit: 1000, budget: budget)
      try [UInt8](repeating: 1, count: 10).withUnsafeBytes { try upload.append($0) }
      #expect(throws: ServingError.self) { try [1].withUnsafeBytes { try upload.append($0) } }
      #expect(budget.used == 10)
      let small = ByteBudget(5, for: "disk")
      let other = try Upload(announced: nil, limit: 1000, budget: small)
      #expect(throws: ServingError.self) {
        try [UInt8](repeating: 1, count: 6).withUnsafeBytes { try other.append($0) }
      }
      #expect(small.used == 0)
    }
    #expect(budget.used == 0)
  }

  @Test("a name leads to files in the folder only")
  func root() throws {
    try withTemporaryFolder { folder in
      let inside = "\(folder)/videos"
      try FileManager.default.createDirectory(atPath: "\(inside)/a", withIntermediateDirectories: true)
      for path in ["\(folder)/secret.mp4", "\(inside)/a/b.mp4", "\(folder)/videos2.mp4"] {
        try Data("x".utf8).write(to: URL(fileURLWithPath: path))
      }
      try FileManager.default.createSymbolicLink(
        atPath: "\(inside)/link.mp4", withDestinationPath: "../secret.mp4")
      let root = try VideoRoot(inside)
      #expect(try root.path(of: "a/b.mp4").hasSuffix("/videos/a/b.mp4"))
      #expect(try root.path(of: "a/../a/./b.mp4").hasSuffix("/videos/a/b.mp4"))
      for name in [
        "../secret.mp4", "link.mp4", "a", "", "/etc/passwd", "\(inside)/a/b.mp4", "a/b.mp4\0", "missing.mp4", ".", "..",
        "../videos2.mp4",
      ] {
        #expect(throws: ServingError.noFile(name)) { try root.path(of: name) }
      }
      #expect(throws: (any Error).self) { try VideoRoot("\(folder)/secret.mp4") }
    }
  }
}
