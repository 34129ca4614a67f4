import Tensors

/// A request as it comes over HTTP, with how its results are to be sent.
public struct EncodedInferenceRequest: Sendable {
  /// The request.
  public let request: InferenceRequest
  /// The outputs that are sent as bytes, by name; nil for all or none.
  public let binaryOutputs: [String: Bool]
  /// Whether outputs without a word on it are sent as bytes.
  public let isBinary: Bool

  /// The largest JSON in bytes: in memory it takes forty times as much.
  public static let largestJSON = 8 << 20
  /// The bytes of memory for each of JSON.
  public static let memoryOfJSON = 40

  /// Decodes a request.
  ///
  /// - Parameters:
  ///   - body: JSON, and behind it the bytes of inputs with a `binary_data_size`.
  ///   - headerSize: The size of the JSON in bytes, as `Inference-Header-Content-Length` says; nil for the whole body.
  /// - Throws: ``ServingError/request(_:)``, `FormatError`.
  public init(_ body: [UInt8], headerSize: Int? = nil) throws {
    let size = headerSize ?? body.count
    guard size <= Self.largestJSON else {
      throw ServingError.tooLarge(
        "the JSON has over \(Self.largestJSON) bytes, which is the limit: send the elements of tensors as bytes")
    }
    guard (0...body.count).contains(size) else {
      throw ServingError.request("Inference-Header-Content-Length is \(size), but the body has \(body.count) bytes")
    }
    let json = try JSON(parsing: Array(body[..<size]), path: "the request").document(path: "the request")
    var binary = body[size...]
    let inputs = try json.required("inputs").elements().map { field in
      let name = try field.required("name").string()
      return (name, try Self.tensor(field, name, &binary))
    }
    guard binary.isEmpty else { throw ServingError.request("\(binary.count) bytes behind the JSON belong to no input") }
    let parameters = try json.optional("parameters")
    isBinary = try parameters?.optional("binary_data_output")?.bool() ?? false
    var binaryOutputs: [String: Bool] = [:]
    let outputs = try json.optional("outputs")?.elements().map { field in
      let name = try field.required("name").string()
      let parameters = try field.optional("parameters")
      binaryOutputs[name] = try parameters?.optional("binary_data")?.bool()
      for unknown in ["classification", "shared_memory_region"] where try parameters?.optional(unknown) != nil {
        throw ServingError.request("the output parameter '\(unknown)' is not supported")
      }
      return name
    }
    self.binaryOutputs = binaryOutputs
    request = InferenceRequest(id: try json.optional("id")?.string() ?? "", inputs: inputs, outputs: outputs)
  }

  private static func tensor(_ field: JSONField, _ name: String, _ binary: inout ArraySlice<UInt8>) throws -> Tensor {
    let type = try field.required("datatype").string()
    let shape = try field.required("shape").ints()
    let parameters = try field.optional("parameters")
    if try parameters?.optional("shared_memory_region") != nil {
      throw ServingError.request("shared memory is not supported: send the bytes of the input \(name.quoted)")
    }
    if let size = try parameters?.optional("binary_data_size")?.int() {
      guard (0...binary.count).contains(size) else {
        throw ServingError.request(
          "the input \(name.quoted) has a binary_data_size of \(size), but \(binary.count) bytes are left")
      }
      defer { binary = binary.dropFirst(size) }
      return try Tensor(inferenceType: type, shape: shape, name: name, bytes: Array(binary.prefix(size)), numbers: [])
    }
    var numbers: [JSON] = []
    try flatten(field.required("data"), into: &numbers)
    return try Tensor(inferenceType: type, shape: shape, name: name, bytes: nil, numbers: numbers)
  }

  private static func flatten(_ field: JSONField, into numbers: inout [JSON]) throws {
    guard case .array = field.json else { throw ServingError.request("\(field.keyPath) is not an array") }
    var stack = [field.json]
    // From behind, so that elements come in order.
    while let next = stack.popLast() {
      if case .array(let elements) = next {
        stack.append(contentsOf: elements.reversed())
      } else {
        numbers.append(next)
      }
    }
  }
}

extension InferenceResponse {
  /// Encodes the results.
  ///
  /// - Parameter request: What says which outputs are sent as bytes.
  /// - Returns: JSON, its size if bytes follow it, and the whole body.
  public func encoded(for request: EncodedInferenceRequest) -> (body: [UInt8], headerSize: Int?) {
    var binary: [UInt8] = []
    let fields = outputs.map { name, tensor -> JSON in
      var field: JSONObject = [
        "name": .string(name), "datatype": .string(InferenceType.name(of: tensor.elementType)),
        "shape": JSON(tensor.shape),
      ]
      // Halves have no form in JSON.
      if request.binaryOutputs[name] ?? request.isBinary || !InferenceNumbers.hasJSON(tensor.elementType) {
        field["parameters"] = ["binary_data_size": JSON(tensor.byteCount)]
        tensor.withUnsafeBytes { binary.append(contentsOf: $0) }
      } else {
        field["data"] = InferenceNumbers.json(of: tensor)
      }
      return .object(field)
    }
    var response: JSONObject = ["model_name": .string(model), "model_version": .string(ServedModel.version)]
    if !id.isEmpty { response["id"] = .string(id) }
    response["outputs"] = .array(fields)
    let header = Array(JSON.object(response).text().utf8)
    return (header + binary, binary.isEmpty ? nil : header.count)
  }
}
