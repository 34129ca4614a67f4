#if Server
  import Foundation
  import Serving

  /// Reads a `multipart/form-data` body as it comes (RFC 7578): each part's name, then its bytes.
  struct MultipartReader {
    enum Event: Equatable {
      /// A part begins; it has a file name if it is a file.
      case part(name: String, fileName: String?)
      case bytes([UInt8])
      case partEnded
    }

    /// The most bytes of a part's header, and the most parts.
    private static let (mostHeaderBytes, mostParts) = (8192, 64)

    private enum Place {
      case preamble, header, part, ended
    }

    /// What ends a part: a line break, two dashes and the boundary.
    private let delimiter: [UInt8]
    private var place = Place.preamble
    /// What came and is not decided yet. A line break is put in front, as the first delimiter may have none.
    private var rest: [UInt8] = Array("\r\n".utf8)
    private var parts = 0

    /// Creates a reader.
    ///
    /// - Parameter contentType: The type of the body, with its boundary.
    /// - Throws: ``ServingError/request(_:)`` without a boundary.
    init(contentType: String) throws(ServingError) {
      let parameters = contentType.split(separator: ";").dropFirst().map { $0.trimmingCharacters(in: .whitespaces) }
      guard let parameter = parameters.first(where: { $0.lowercased().hasPrefix("boundary=") }) else {
        throw .request("the body's type has no boundary")
      }
      let boundary = parameter.dropFirst("boundary=".count).trimmingCharacters(in: ["\""])
      guard (1...70).contains(boundary.utf8.count) else { throw .request("the boundary has 1 to 70 characters") }
      delimiter = Array("\r\n--\(boundary)".utf8)
    }

    /// Takes bytes, and returns what they tell.
    ///
    /// - Throws: ``ServingError/request(_:)`` if the body is not well-formed.
    mutating func read(_ bytes: some Sequence<UInt8>) throws(ServingError) -> [Event] {
      rest += bytes
      var events: [Event] = []
      while try step(&events) {}
      return events
    }

    /// Checks that the body is complete.
    ///
    /// - Throws: ``ServingError/request(_:)``.
    func finish() throws(ServingError) {
      if place != .ended { throw .request("the body ends before its last boundary") }
    }

    /// Decides what is at the front of `rest`; returns whether more may follow from it.
    private mutating func step(_ events: inout [Event]) throws(ServingError) -> Bool {
      switch place {
      case .ended:
        rest = []
        return false
      case .preamble, .part:
        guard let found = rest.firstRange(of: delimiter) else {
          // The beginning of a delimiter may be at the end.
          let sure = max(0, rest.count - delimiter.count + 1)
          if place == .part, sure > 0 { events.append(.bytes(Array(rest[..<sure]))) }
          rest.removeFirst(sure)
          return false
        }
        // Two dashes or a line break follow a delimiter.
        guard rest.count >= found.upperBound + 2 else {
          if place == .part, found.lowerBound > 0 { events.append(.bytes(Array(rest[..<found.lowerBound]))) }
          rest.removeFirst(found.lowerBound)
          return false
        }
        if place == .part {
          if found.lowerBound > 0 { events.append(.bytes(Array(rest[..<found.lowerBound]))) }
          events.append(.partEnded)
        }
        let mark = rest[found.upperBound..<found.upperBound + 2]
        guard mark.elementsEqual("--".utf8) || mark.elementsEqual("\r\n".utf8) else {
          throw .request("a boundary is followed by what is no part")
        }
        place = mark.elementsEqual("--".utf8) ? .ended : .header
        // A part without header fields has its empty line directly after the boundary.
        rest.removeFirst(place == .ended ? found.upperBound + 2 : found.upperBound)
        return true
      case .header:
        guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else {
          guard rest.count <= Self.mostHeaderBytes else { throw .request("a part's header is too long") }
          return false
        }
        parts += 1
        guard parts <= Self.mostParts, end.lowerBound <= Self.mostHeaderBytes else {
          throw .request("the body has too many parts, or one with too long a header")
        }
        events.append(try Self.part(String(decoding: rest[..<end.lowerBound], as: UTF8.self)))
        rest.removeFirst(end.upperBound)
        place = .part
        return true
      }
    }

    private static func part(_ header: String) throws(ServingError) -> Event {
      for line in header.split(separator: "\r\n") where line.lowercased().hasPrefix("content-disposition:") {
        let fields = line.split(separator: ";").dropFirst().map { $0.trimmingCharacters(in: .whitespaces) }
        func value(_ key: String) -> String? {
          fields.first { $0.lowercased().hasPrefix("\(key)=") }
            .map { $0.dropFirst(key.count + 1).trimmingCharacters(in: ["\""]) }
        }
        if let name = value("name") { return .part(name: name, fileName: value("filename")) }
      }
      throw .request("a part has no name")
    }
  }
#endif
