import Tensors
import TestSupport
import Testing

@testable import Formats

@Suite struct ZIPArchiveTests {
  private let plain = StoredZIP([("a/one", [1, 2, 3]), ("a/two", []), ("b", Array("text".utf8))])

  private func open<Result>(_ zip: StoredZIP, _ body: (ZIPArchive) throws -> Result) throws -> Result {
    try withFile(zip.bytes) { try body(ZIPArchive(MappedFile(path: $0))) }
  }

  @Test func storedEntriesAreFound() throws {
    try open(plain) { archive in
      #expect(archive.entries.map(\.name) == ["a/one", "a/two", "b"])
      let entry = try #require(archive["a/one"])
      #expect(archive.file.copy(try archive.checkedRange(of: entry)) == [1, 2, 3])
      #expect(archive["c"] == nil)
    }
  }

  @Test func aCommentMayFollow() throws {
    var zip = plain
    zip.comment = Array("PK\u{5}\u{6} a comment that looks like the end".utf8)
    #expect(try open(zip) { $0.entries.count } == 3)
  }

  /// Changes to the plain archive that must be refused, and a word of the reason.
  private static let damages: [(String, @Sendable (inout StoredZIP) -> Void)] = [
    ("called", { $0.entries[1].name = "a/one" }),
    ("with the name", { $0.entries[1].name = "../etc" }),
    ("with the name", { $0.entries[1].name = "a/../../b" }),
    ("with the name", { $0.entries[1].name = "/etc" }),
    ("with the name", { $0.entries[1].name = "a\\b" }),
    ("with the name", { $0.entries[1].name = "" }),
    ("beyond", { $0.entries[0].claimedSize = 1_000_000 }),
    ("64-bit", { $0.entries[0].claimedSize = .max }),
    ("overlaps", { $0.entries[0].claimedSize = 20 }),
    ("differ", { $0.entries[1].claimedOffset = 0 }),
    ("not where", { $0.entries[0].claimedOffset = 1 }),
    ("not where", { $0.entries[0].claimedOffset = 0xFFFF_FFFE }),
    ("encrypted", { $0.entries[0].flags = 1 }),
    ("expected an entry", { $0.claimedCount = 4 }),
    ("belong to no entry", { $0.claimedCount = 2 }),
    ("expected an entry", { $0.claimedCount = .max }),
    // The bomb in which many directory entries share one local header.
    (
      "overlaps",
      { zip in
        zip.entries = (0..<50).map { _ in StoredZIP.Entry(name: "x", data: [1], claimedOffset: 0) }
      }
    ),
  ]

  @Test("damaged and malicious directories are refused", arguments: damages.indices)
  func refuses(index: Int) throws {
    let (reason, damage) = Self.damages[index]
    var zip = plain
    damage(&zip)
    let error = #expect(throws: FormatError.self) { try open(zip) { _ in } }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }

  @Test func damagedAndCompressedEntriesAreRefusedWhenRead() throws {
    var zip = plain
    zip.entries[0].claimedChecksum = 1
    zip.entries[2].method = 8
    try open(zip) { archive in
      for (name, reason) in [("a/one", "CRC-32"), ("b", "compressed")] {
        let entry = try #require(archive[name])
        let error = #expect(throws: FormatError.self) { try archive.checkedRange(of: entry) }
        #expect(error?.description.contains(reason) == true)
      }
    }
  }

  @Test func theTwoEndsOfAZIP64ArchiveMustAgree() throws {
    let whole = try contents(fixture("checkpoints/bare.pth"))
    // The last 98 bytes: the ZIP64 end (56), its locator (20), the end (22).
    for (position, reason) in [(24, "not where"), (32, "differ"), (40, "differ"), (48, "differ"), (64, "not where")] {
      var bytes = whole
      bytes[bytes.count - 98 + position + (position == 24 ? -24 : 0)] ^= 1
      try withFile(bytes) { path in
        let error = #expect(throws: FormatError.self) { try ZIPArchive(MappedFile(path: path)) }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
      }
    }
  }
}
