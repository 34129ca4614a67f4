#if Server
  import Foundation
  import Serving
  import Tensors

  extension InferenceRequest {
    /// Decodes a request.
    ///
    /// - Throws: ``ServingError/request(_:)``.
    init(_ message: Inference_ModelInferRequest) throws(ServingError) {
      let raw = message.rawInputContents
      guard raw.isEmpty || raw.count == message.inputs.count else {
        throw .request("the request has \(message.inputs.count) inputs, but \(raw.count) raw contents")
      }
      var inputs: [(name: String, tensor: Tensor)] = []
      for (index, input) in message.inputs.enumerated() {
        let shape = input.shape.map { Int($0) }
        let bytes = raw.isEmpty ? nil : raw[index]
        inputs.append(
          (
            input.name,
            try Tensor(
              inferenceType: input.datatype, shape: shape, name: input.name, bytes: bytes.map { Array($0) },
              numbers: bytes == nil ? input.contents.values : [])
          ))
      }
      let outputs = message.outputs.map(\.name)
      self.init(id: message.id, inputs: inputs, outputs: outputs.isEmpty ? nil : outputs)
    }
  }

  extension Inference_InferTensorContents {
    /// The numbers, in whichever field they are.
    fileprivate var values: [JSON] {
      if !fp32Contents.isEmpty { return fp32Contents.map { .number(Double($0)) } }
      if !fp64Contents.isEmpty { return fp64Contents.map { .number($0) } }
      if !intContents.isEmpty { return intContents.map { .integer(Int64($0)) } }
      if !int64Contents.isEmpty { return int64Contents.map { .integer($0) } }
      if !uintContents.isEmpty { return uintContents.map { .integer(Int64($0)) } }
      if !uint64Contents.isEmpty {
        return uint64Contents.map { value in Int64(exactly: value).map { .integer($0) } ?? .number(Double(value)) }
      }
      return boolContents.map { .bool($0) }
    }
  }

  extension Inference_ModelInferResponse {
    /// Encodes results, as bytes.
    init(_ response: InferenceResponse) {
      self.init()
      (modelName, modelVersion, id) = (response.model, ServedModel.version, response.id)
      for (name, tensor) in response.outputs {
        outputs.append(
          .with { output in
            output.name = name
            output.datatype = tensor.inferenceType
            output.shape = tensor.shape.map(Int64.init)
          })
        rawOutputContents.append(tensor.withUnsafeBytes { Data($0) })
      }
    }
  }
#endif
