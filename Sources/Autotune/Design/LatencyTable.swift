import IR
import Tensors

/// The latencies of blocks on one device, by what they compute: a file that grows as networks are measured.
public struct LatencyTable: Sendable {
  /// The device and setting that latencies are for.
  public struct Device: Sendable, Hashable, Codable {
    /// The processor's name.
    public var cpu: String
    /// The instruction set that kernels use.
    public var isa: String
    /// The number format.
    public var precision: String
    /// The number of threads that run a network.
    public var threads: Int
    /// The version of the kernels; blocks measured with another version are measured again.
    public var kernels = LatencyTable.kernelVersion

    /// Creates a device.
    public init(cpu: String, isa: String, precision: String, threads: Int) {
      self.cpu = cpu
      self.isa = isa
      self.precision = precision
      self.threads = threads
    }

    /// The file name of the device's table in a folder of tables.
    public var fileName: String {
      let readable = "\(cpu)-\(isa)-\(precision)-\(threads)".lowercased().map { character in
        character.isASCII && (character.isLetter || character.isNumber || character == "-") ? character : "_"
      }
      return "\(String(readable.prefix(100)))-\(identifier(of: "\(self)")).json"
    }
  }

  /// The entry of one block.
  struct Entry: Sendable, Equatable, Codable {
    let input: [[Int]]
    let output: [[Int]]
    let multiplyAdds: Int
    let milliseconds: Double
  }

  /// The version of the kernels; raise it when kernels or plans become faster or slower.
  static let kernelVersion = 4

  private static let formatVersion = 1

  /// The device that the latencies are for.
  public let device: Device
  private var entries: [String: Entry] = [:]

  /// Creates an empty table.
  public init(device: Device) { self.device = device }

  /// The number of blocks in the table.
  public var count: Int { entries.count }

  /// Returns the key of a block: the same for all blocks that compute the same on values of the same shapes.
  static func key(of block: Graph) -> String { identifier(of: block.description) }

  /// The latency of a block in milliseconds, by its key; nil if it is not in the table.
  subscript(key: String) -> Double? { entries[key]?.milliseconds }

  /// Adds a block with known shapes.
  mutating func add(_ block: Graph, milliseconds: Double) {
    let shapes = { (ids: [Graph.ValueID]) in ids.map { block.type($0).fixedShape ?? [] } }
    entries[Self.key(of: block)] = Entry(
      input: shapes(block.inputs), output: shapes(block.outputs), multiplyAdds: block.multiplyAdds().reduce(0, +),
      milliseconds: milliseconds)
  }
}

extension LatencyTable {
  private struct Contents: Codable {
    let version: Int
    let device: Device
    let blocks: [String: Entry]
  }

  /// Reads a table.
  ///
  /// - Throws: `FileError` if the file cannot be read, `FormatError` if it is damaged or another device's.
  public init(contentsOf path: String, device: Device) throws {
    let document = try JSON(contentsOf: path).document(path: path)
    let contents = try document.decode(Contents.self)
    guard contents.version == Self.formatVersion, contents.device == device else {
      throw FormatError(path: path, "the latencies are of another version or device")
    }
    guard contents.blocks.values.allSatisfy({ $0.milliseconds.isFinite && $0.milliseconds >= 0 }) else {
      throw FormatError(path: path, "a latency is not a number of milliseconds")
    }
    self.device = device
    entries = contents.blocks
  }

  /// Writes the table, as a whole or not at all.
  ///
  /// - Throws: `FileError` if the file cannot be written.
  public func write(to path: String) throws {
    let contents = Contents(version: Self.formatVersion, device: device, blocks: entries)
    let text = try JSON(encoding: contents).text(pretty: true) + "\n"
    try AtomicFile.write(to: path) { try $0.append(Array(text.utf8)) }
  }
}

/// Returns a short name for a text: 16 hexadecimal digits of its hash.
private func identifier(of text: String) -> String {
  let digits = String(CounterGenerator(seed: 0, name: text).bits(0), radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
