import Testing

@testable import Zoo

@Suite("SHA-256")
struct SHA256Tests {
  private func digest(_ pieces: [[UInt8]]) -> String {
    var hash = SHA256()
    for piece in pieces { piece.withUnsafeBytes { hash.update($0) } }
    return hash.hexadecimalDigest()
  }

  @Test(
    "gives NIST's digests (FIPS 180-4 examples, CAVP short messages)",
    arguments: [
      ([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      (Array("abc".utf8), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8),
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        Array(
          ("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
            + "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu").utf8),
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
      ),
      ([0xd3], "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"),
      (
        [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
      ),
    ] as [([UInt8], String)])
  func knownDigests(message: [UInt8], expected: String) {
    #expect(digest([message]) == expected)
  }

  @Test("does not depend on how the bytes arrive, around every block boundary")
  func pieces() {
    for count in [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 200] {
      let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
      let whole = digest([message])
      for size in [1, 3, 63, 64, 65] {
        let pieces = stride(from: 0, to: count, by: size).map { Array(message[$0..<min($0 + size, count)]) }
        #expect(digest(pieces) == whole, "\(count) bytes in pieces of \(size)")
      }
    }
  }
}
