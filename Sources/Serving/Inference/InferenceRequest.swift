import IR
import Tensors

/// A request for a model's results, in the Open Inference Protocol (KServe v2).
public struct InferenceRequest: Sendable {
  /// What the client calls the request; empty if it does not.
  public var id: String
  /// The inputs, by name.
  public var inputs: [(name: String, tensor: Tensor)]
  /// The outputs that are asked for, in order; nil for all.
  public var outputs: [String]?

  /// Creates a request.
  public init(id: String = "", inputs: [(name: String, tensor: Tensor)], outputs: [String]? = nil) {
    (self.id, self.inputs, self.outputs) = (id, inputs, outputs)
  }
}

/// A model's results for a request.
public struct InferenceResponse: Sendable {
  /// The name of the model.
  public let model: String
  /// What the client calls the request.
  public let id: String
  /// The outputs that were asked for.
  public let outputs: [(name: String, tensor: Tensor)]
}

/// A tensor's name, type and shape, as metadata tells it: −1 stands for any length.
public struct InferenceValue: Sendable, Equatable {
  /// The name.
  public let name: String
  /// The type's name in the protocol.
  public let datatype: String
  /// The shape.
  public let shape: [Int]
}

extension ServedModel {
  /// The only version of each model.
  public static let version = "1"

  /// The inputs.
  public var inputs: [InferenceValue] {
    model.graph.inputTypes.enumerated().map { index, input in
      let known = model.clipShapes?[index]
      return InferenceValue(
        name: input.name, datatype: InferenceType.name(of: input.type.elementType),
        shape: input.type.shape.enumerated().map { axis, length in
          length.value ?? (axis == 0 ? nil : known?[axis]) ?? -1
        })
    }
  }

  /// The outputs: `output`, or `output_0`, `output_1` and so on if there are several.
  public var outputs: [InferenceValue] {
    let whole = model.clipShapes.flatMap { try? model.graph.specialized(to: $0) }
    return model.graph.outputTypes.enumerated().map { index, type in
      let known = whole?.outputTypes[index].shape
      return InferenceValue(
        name: model.graph.outputTypes.count == 1 ? "output" : "output_\(index)",
        datatype: InferenceType.name(of: type.elementType),
        shape: type.shape.enumerated().map { axis, length in
          length.value ?? (axis == 0 ? nil : known?[axis].value) ?? -1
        })
    }
  }

  /// Whether requests may have several clips.
  public var takesBatches: Bool { model.graph.hasIndependentClips }

  /// Computes the results for a request.
  ///
  /// - Throws: ``ServingError/request(_:)`` if its inputs are not the model's; what running the model throws.
  public func infer(_ request: InferenceRequest, turn: Turn) throws -> InferenceResponse {
    let expected = model.graph.inputTypes
    var tensors: [Tensor] = []
    for (name, type) in expected {
      let found = request.inputs.filter { $0.name == name }
      guard found.count == 1, let tensor = found.first?.tensor else {
        throw ServingError.request(
          "the model \(self.name.quoted) takes \(expected.map(\.name.quoted).joined(separator: ", ")), each once; the request has "
            + (request.inputs.isEmpty ? "no inputs" : request.inputs.map(\.name.quoted).joined(separator: ", ")))
      }
      guard tensor.elementType == type.elementType else {
        throw ServingError.request(
          "the input \(name.quoted) has \(InferenceType.name(of: type.elementType)) elements, not "
            + InferenceType.name(of: tensor.elementType))
      }
      tensors.append(tensor)
    }
    if let other = request.inputs.first(where: { input in !expected.contains { $0.name == input.name } }) {
      throw ServingError.request("the model \(name.quoted) has no input \(other.name.quoted)")
    }
    guard tensors.allSatisfy({ !$0.shape.contains(0) }) else { throw ServingError.request("an input has no elements") }
    let names = outputs.map(\.name)
    let wanted = try (request.outputs ?? names).map { name in
      guard let place = names.firstIndex(of: name) else {
        throw ServingError.request(
          "the model \(self.name.quoted) has no output \(name.quoted): it has \(names.map(\.quoted).joined(separator: ", "))"
        )
      }
      return place
    }
    let results = try run(tensors, turn: turn)
    return InferenceResponse(model: name, id: request.id, outputs: wanted.map { (names[$0], results[$0]) })
  }
}
