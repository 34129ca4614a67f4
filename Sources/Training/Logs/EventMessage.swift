/// An `Event` message of TensorBoard, as bytes.
struct EventMessage {
  enum Content: Equatable {
    /// The start of every file.
    case version
    /// Invalidates events of earlier files from this step on.
    case sessionStart
    /// A point of a curve.
    case scalar(String, Double)
    /// Markdown.
    case text(String, String)
  }

  /// The time in seconds since 1970.
  let time: Double
  var step = 0
  let content: Content

  /// Field numbers are those of `event.proto`, `summary.proto`, `tensor.proto`, `tensor_shape.proto` and `types.proto`.
  var bytes: [UInt8] {
    var event = ProtobufMessage()
    event.add(1, time)
    event.add(2, step)
    switch content {
    case .version: event.add(3, "brain.Event:2")
    case .sessionStart: event.add(7, ProtobufMessage { $0.add(1, 1) })
    case .scalar(let tag, let value):
      event.add(5, summary(tag) { $0.add(2, Float(value)) })
    case .text(let tag, let text):
      event.add(
        5,
        summary(tag) {
          $0.add(9, ProtobufMessage { $0.add(1, ProtobufMessage { $0.add(1, "text") }) })
          // A tensor of one string.
          $0.add(
            8,
            ProtobufMessage {
              $0.add(1, 7)
              $0.add(2, ProtobufMessage { $0.add(2, ProtobufMessage { $0.add(1, 1) }) })
              $0.add(8, text)
            })
        })
    }
    return event.bytes
  }

  private func summary(_ tag: String, _ value: (inout ProtobufMessage) -> Void) -> ProtobufMessage {
    ProtobufMessage {
      $0.add(
        1,
        ProtobufMessage {
          $0.add(1, tag)
          value(&$0)
        })
    }
  }
}

/// A message in protobuf's wire format, written field by field.
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  init() {}

  init(_ fields: (inout ProtobufMessage) -> Void) { fields(&self) }

  mutating func add(_ field: Int, _ value: Int) {
    key(field, wireType: 0)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func add(_ field: Int, _ value: Double) {
    key(field, wireType: 1)
    bytes += littleEndian(value.bitPattern)
  }

  mutating func add(_ field: Int, _ value: Float) {
    key(field, wireType: 5)
    bytes += littleEndian(value.bitPattern)
  }

  mutating func add(_ field: Int, _ value: String) { add(field, Array(value.utf8)) }

  mutating func add(_ field: Int, _ message: ProtobufMessage) { add(field, message.bytes) }

  private mutating func add(_ field: Int, _ content: [UInt8]) {
    key(field, wireType: 2)
    varint(UInt64(content.count))
    bytes += content
  }

  private mutating func key(_ field: Int, wireType: Int) { varint(UInt64(field << 3 | wireType)) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// The frame around each record of an event file: its length and its bytes, each with a checksum.
enum TFRecord {
  static func framed(_ record: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(record.count))
    return length + littleEndian(masked(length)) + record + littleEndian(masked(record))
  }

  /// Returns a masked checksum, which can be stored inside data that is itself checksummed.
  private static func masked(_ bytes: [UInt8]) -> UInt32 {
    let sum = crc32c(bytes)
    return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
  }

  /// CRC-32C (Castagnoli), RFC 3720, appendix B.4.
  static func crc32c(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { sum, byte in table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8 }
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
  }
}

/// Returns a number's bytes, the lowest first.
private func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
}
