import Tensors

/// The quantization of a graph's values, which a deployable file contains beside the graph.
///
/// The weights of a quantized graph (``QuantizationPoints/weights``) are bytes in −127…127 under their own paths, with
/// a float32 scale for each output channel under ``scalePath(_:)``. Biases are int32, in units of the input's scale
/// times the channel's.
public struct QuantizationTable: Sendable, Equatable {
  /// The quantization of a value.
  public enum Form: Sendable, Equatable {
    /// Bytes: `scale · (q − zeroPoint)`.
    case byte(QuantizationParameters)
    /// 16-bit values in ±32767: `scale · q`.
    case word(scale: Float)

    /// The step from one value to the next, as a real number.
    public var scale: Float {
      switch self {
      case .byte(let quantization): quantization.scale
      case .word(let scale): scale
      }
    }
  }

  /// The quantization by the value's name in the graph.
  public var values: [String: Form]
  /// The quantization of the bytes that nodes with a prologue multiply, by the name of the node's result.
  public var prologues: [String: QuantizationParameters]
  /// The names of the first results of nodes that are kept in floating point, though they could run in integers.
  public var floats: Set<String>

  /// Creates a table.
  ///
  /// - Parameters:
  ///   - values: The quantization by the value's name in the graph.
  ///   - prologues: The quantization of the bytes that nodes with a prologue multiply, by the name of the node's
  ///     result.
  ///   - floats: The names of the first results of nodes that are kept in floating point.
  public init(values: [String: Form], prologues: [String: QuantizationParameters], floats: Set<String> = []) {
    self.values = values
    self.prologues = prologues
    self.floats = floats
  }

  /// Returns the path of a quantized weight's scales.
  public static func scalePath(_ path: String) -> String { "\(path).scale" }

  /// Returns the operations and values of a graph that are integers with this table.
  ///
  /// - Throws: ``GraphError/malformed(_:)`` if the table does not have exactly the values of the graph, or a scale is
  ///   out of range.
  public func points(in graph: Graph) throws(GraphError) -> QuantizationPoints {
    let points = QuantizationPoints(graph, keepingFloats: floats)
    for (id, width) in points.values {
      let name = graph[id].name
      switch (values[name], width) {
      case (.byte, .byte), (.word, .word): continue
      case (nil, _): throw .malformed("the quantization of \(name) is missing")
      default: throw .malformed("the quantization of \(name) must have \(width == .byte ? 8 : 16) bits")
      }
    }
    for index in points.prologues where prologues[graph.resultName(index)] == nil {
      throw .malformed("the quantization of what \(graph.resultName(index)) multiplies is missing")
    }
    for index in points.nodes where points.form(of: index)?.result == .bytesOfInput {
      let form = values[graph.resultName(index)]
      guard graph.nodes[index].inputs.allSatisfy({ values[graph[$0].name] == form }) else {
        throw .malformed("the quantization of \(graph.resultName(index)) is not that of the values that it is made of")
      }
    }
    guard values.count == points.values.count, prologues.count == points.prologues.count else {
      throw .malformed("the quantization is of values that the graph does not have, or has as real numbers")
    }
    let scales = values.map { ($0, $1.scale) } + prologues.map { ($0, $1.scale) }
    for (name, scale) in scales where !Self.isSensible(scale: scale) {
      throw .malformed("the scale of \(name) is \(scale)")
    }
    return points
  }

  /// Returns whether a scale is in the range in which products and quotients of scales are normal float32 numbers.
  public static func isSensible(scale: Float) -> Bool { scale >= 0x1p-60 && scale <= 0x1p60 }
}

extension Graph {
  /// Returns the name of a node's first result.
  public func resultName(_ node: Int) -> String { self[nodes[node].results[0]].name }
}

extension QuantizationTable {
  /// The table as JSON; equal tables give equal text.
  public var encoded: JSON {
    [
      "values": Self.object(values) { form in
        switch form {
        case .byte(let quantization): Self.encode(quantization)
        case .word(let scale): ["scale": .number(Double(scale)), "bits": 16]
        }
      },
      "prologues": Self.object(prologues, Self.encode),
      "floating_point": JSON(floats.sorted()),
    ]
  }

  private static func object<Value>(_ values: [String: Value], _ encode: (Value) -> JSON) -> JSON {
    .object(JSONObject(values.sorted { $0.key < $1.key }.map { ($0.key, encode($0.value)) }))
  }

  private static func encode(_ quantization: QuantizationParameters) -> JSON {
    ["scale": .number(Double(quantization.scale)), "zero_point": JSON(Int(quantization.zeroPoint))]
  }

  /// Reads a table.
  ///
  /// - Throws: `FormatError` that names the key.
  public init(decoding field: JSONField) throws(FormatError) {
    self.init(values: [:], prologues: [:])
    for (name, entry) in try field.required("values").entries() {
      guard let bits = try entry.optional("bits") else {
        values[name] = .byte(try Self.byte(entry))
        continue
      }
      guard try bits.int() == 16 else { throw bits.error("must be 16") }
      values[name] = .word(scale: Float(try entry.required("scale").double()))
    }
    for (name, entry) in try field.required("prologues").entries() { prologues[name] = try Self.byte(entry) }
    floats = Set(try field.required("floating_point").strings())
  }

  private static func byte(_ entry: JSONField) throws(FormatError) -> QuantizationParameters {
    let zero = try entry.required("zero_point")
    guard let zeroPoint = Int8(exactly: try zero.int()) else { throw zero.error("must be -128 to 127") }
    return QuantizationParameters(scale: Float(try entry.required("scale").double()), zeroPoint: zeroPoint)
  }
}
