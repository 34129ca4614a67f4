#if Server
  import Serving
  import Testing

  @testable import Server

  /// Forms are read as they come, however they are cut.
  @Suite struct MultipartReaderTests {
    private static let type = "multipart/form-data; boundary=\"xyz\""

    /// Returns the parts of a body that comes in pieces of a size.
    private func parts(_ body: String, by size: Int) throws -> [String: [UInt8]] {
      var reader = try MultipartReader(contentType: Self.type)
      var parts: [String: [UInt8]] = [:]
      var name = ""
      let bytes = Array(body.utf8)
      for start in stride(from: 0, to: bytes.count, by: size) {
        for event in try reader.read(bytes[start..<min(start + size, bytes.count)]) {
          switch event {
          case .part(let part, _):
            name = part
            parts[name] = []
          case .bytes(let bytes): parts[name]? += bytes
          case .partEnded: break
          }
        }
      }
      try reader.finish()
      return parts
    }

    @Test("the pieces in which a body comes do not matter", arguments: [1, 2, 3, 7, 64, 100_000])
    func pieces(_ size: Int) throws {
      // Beginnings of the boundary are contents.
      let tricky = "\r\n--xy\r\n--x\r\r\n--\r\n\r\n--xyy"
      let body = """
        preamble\r\n--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\n\(tricky)\r\n--xyz\r\n\
        Content-Disposition: form-data; name="file"; filename="b.mp4"\r\nContent-Type: video/mp4\r\n\r\n\r\n--xyz\r\n\
        Content-Disposition: form-data; name="c"\r\n\r\n1\r\n--xyz--\r\nepilogue
        """
      let found = try parts(body, by: size)
      #expect(found == ["a": Array(tricky.utf8), "file": [], "c": Array("1".utf8)])
    }

    @Test("a body may begin with its boundary", arguments: [1, 100])
    func withoutPreamble(_ size: Int) throws {
      let body = "--xyz\r\nContent-Disposition: form-data; name=file\r\n\r\nabc\r\n--xyz--"
      #expect(try parts(body, by: size) == ["file": Array("abc".utf8)])
    }

    @Test(
      "what is no form is an error",
      arguments: [
        "", "--xyz", "--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\nabc",
        "--xyz\r\nX: y\r\n\r\nabc\r\n--xyz--",
        "--xyzabc\r\n\r\n", "--xyz\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--xyz--",
        "--xyz\r\nX: " + String(repeating: "y", count: 10_000) + "\r\n\r\n\r\n--xyz--",
        String(repeating: "--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n", count: 65) + "--xyz--",
      ])
    func errors(_ body: String) { #expect(throws: ServingError.self) { try parts(body, by: 13) } }

    @Test(
      "a type without a boundary is an error", arguments: ["multipart/form-data", "multipart/form-data; boundary="])
    func boundary(_ type: String) {
      #expect(throws: ServingError.self) { try MultipartReader(contentType: type) }
    }
  }
#endif
