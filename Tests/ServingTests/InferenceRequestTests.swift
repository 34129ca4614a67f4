import CPU
import Tensors
import Testing
import Zoo

@testable import Serving

/// Requests of the Open Inference Protocol, as they come over HTTP, and their answers.
@Suite struct InferenceRequestTests {
  private static func request(_ text: String, binary: [UInt8] = []) throws -> EncodedInferenceRequest {
    try EncodedInferenceRequest(Array(text.utf8) + binary, headerSize: binary.isEmpty ? nil : text.utf8.count)
  }

  @Test("numbers come in JSON, nested or flat, or as bytes")
  func inputs() throws {
    let expected = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    let forms: [(String, [UInt8])] = [
      (#"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [2, 2], "data": [1, 2.0, 3, 4]}]}"#, []),
      (#"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [2, 2], "data": [[1, 2], [3, 4]]}]}"#, []),
      (
        #"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [2, 2], "parameters": {"binary_data_size": 16}}]}"#,
        expected.withUnsafeBytes { Array($0) }
      ),
    ]
    for (text, bytes) in forms {
      let found = try Self.request(text, binary: bytes).request
      #expect(found.inputs[0].name == "x")
      #expect(found.inputs[0].tensor == expected)
    }
  }

  @Test("each type has its numbers")
  func types() throws {
    let cases: [(String, String, Tensor)] = [
      ("INT8", "[-128]", Tensor([Int8(-128)], shape: [1])), ("UINT8", "[255]", Tensor([UInt8(255)], shape: [1])),
      ("INT64", "[-5]", Tensor([Int64(-5)], shape: [1])), ("BOOL", "[true]", Tensor([true], shape: [1])),
      ("FP64", "[0.1]", Tensor([0.1], shape: [1])), ("UINT16", "[7]", Tensor([UInt16(7)], shape: [1])),
    ]
    for (type, data, expected) in cases {
      let text = #"{"inputs": [{"name": "x", "datatype": "\#(type)", "shape": [1], "data": \#(data)}]}"#
      #expect(try Self.request(text).request.inputs[0].tensor == expected)
    }
  }

  @Test(
    "what is wrong with a request is an error about it",
    arguments: [
      "", "[]", "{}", "null", #"{"inputs": 3}"#, #"{"inputs": [{}]}"#,
      #"{"inputs": [{"name": "x", "datatype": "FP99", "shape": [1], "data": [1]}]}"#,
      #"{"inputs": [{"name": "x", "datatype": "BYTES", "shape": [1], "data": ["a"]}]}"#,
      #"{"inputs": [{"name": "x", "datatype": "FP16", "shape": [1], "data": [1]}]}"#,
      #"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [2], "data": [1]}]}"#,
      #"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [-1], "data": [1]}]}"#,
      #"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [4611686018427387904, 4], "data": [1]}]}"#,
      #"{"inputs": [{"name": "x", "datatype": "UINT8", "shape": [1], "data": [256]}]}"#,
      #"{"inputs": [{"name": "x", "datatype": "UINT8", "shape": [1], "data": [0.5]}]}"#,
      #"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": ["1"]}]}"#,
      #"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": 1}]}"#,
      #"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "parameters": {"binary_data_size": 4}}]}"#,
      #"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "parameters": {"binary_data_size": -4}}]}"#,
      #"{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "parameters": {"shared_memory_region": "m"}}]}"#,
    ])
  func errors(_ text: String) {
    #expect {
      try Self.request(text)
    } throws: {
      ($0 as? any UserFacingError)?.isBadInput == true
    }
  }

  @Test("bytes that belong to no input, and a header that is longer than the body, are errors")
  func binaryErrors() {
    let text = #"{"inputs": [{"name": "x", "datatype": "UINT8", "shape": [1], "data": [1]}]}"#
    #expect(throws: ServingError.self) { try Self.request(text, binary: [1]) }
    #expect(throws: ServingError.self) { try EncodedInferenceRequest(Array(text.utf8), headerSize: 10_000) }
    #expect(throws: ServingError.self) { try EncodedInferenceRequest(Array(text.utf8), headerSize: -1) }
  }

  @Test("an answer has its outputs in JSON or as bytes, as the request wants")
  func answers() throws {
    let response = InferenceResponse(
      model: "m", id: "7", outputs: [("a", Tensor([1, .infinity] as [Float], shape: [1, 2]))])
    let plain = response.encoded(for: try Self.request(#"{"inputs": []}"#))
    #expect(plain.headerSize == nil)
    let json = try JSON(parsing: plain.body, path: "answer")
    #expect(json["outputs"]?[0]?["data"] == [1.0, nil])
    #expect(json["id"] == "7")
    for text in [
      #"{"inputs": [], "parameters": {"binary_data_output": true}}"#,
      #"{"inputs": [], "outputs": [{"name": "a", "parameters": {"binary_data": true}}]}"#,
    ] {
      let binary = response.encoded(for: try Self.request(text))
      let size = try #require(binary.headerSize)
      #expect(binary.body.count == size + 8)
      let header = try JSON(parsing: Array(binary.body[..<size]), path: "answer")
      #expect(header["outputs"]?[0]?["parameters"]?["binary_data_size"] == 8)
    }
  }
}

/// Models are loaded, unloaded and run.
@Suite struct ModelRepositoryTests {
  private static let name = BundledModel.standard.name

  private func queue() -> RequestQueue { RequestQueue(turns: 2, capacity: 64, timeLimit: .seconds(60)) }

  private func input(_ model: ServedModel, clips: Int) -> Tensor {
    let shape = [clips] + model.inputs[0].shape.dropFirst()
    let count = shape.reduce(1, *)
    return Tensor((0..<count).map { Float($0 * 7 % 101) / 101 - 0.5 }, shape: Array(shape))
  }

  @Test("a batch has the results of its clips, however many of them run in a row")
  func batches() async throws {
    for size in [1, 3] {
      let models = ModelRepository([(Self.name, Self.name)], settings: .init(batchSize: size))
      try models.loadAll()
      let model = try models.model(nil)
      let tensor = input(model, clips: 3)
      let expected = try model.model.run([tensor])[0]
      let queue = queue()
      let inputName = model.inputs[0].name
      try await withThrowingTaskGroup(of: Tensor.self) { group in
        for _ in 0..<8 {
          group.addTask {
            try await queue.run { turn in
              try model.infer(InferenceRequest(inputs: [(inputName, tensor)]), turn: turn).outputs[0].tensor
            }
          }
        }
        for try await result in group { #expect(result == expected) }
      }
      #expect(model.clipCounts.clips == 24)
      #expect(size == 1 ? model.clipCounts.batches == 24 : model.clipCounts.batches <= 24)
    }
  }

  @Test("requests that are not the model's are errors")
  func errors() async throws {
    let models = ModelRepository([(Self.name, Self.name)])
    try models.loadAll()
    let model = try models.model(Self.name)
    let (queue, tensor, name) = (queue(), input(model, clips: 1), model.inputs[0].name)
    let requests: [InferenceRequest] = [
      InferenceRequest(inputs: []), InferenceRequest(inputs: [("other", tensor)]),
      InferenceRequest(inputs: [(name, tensor), (name, tensor)]),
      InferenceRequest(inputs: [(name, tensor), ("other", tensor)]),
      InferenceRequest(inputs: [(name, Tensor(zeros: tensor.shape, elementType: .int8))]),
      InferenceRequest(inputs: [(name, Tensor(zeros: [0] + tensor.shape.dropFirst()))]),
      InferenceRequest(inputs: [(name, Tensor(zeros: [1, 2, 4, 80, 80]))]),
      InferenceRequest(inputs: [(name, Tensor(zeros: [4]))]),
      InferenceRequest(inputs: [(name, Tensor(zeros: []))]),
      InferenceRequest(inputs: [(name, tensor)], outputs: ["other"]),
    ]
    for request in requests {
      await #expect {
        try await queue.run { try model.infer(request, turn: $0) }
      } throws: {
        ($0 as? any UserFacingError)?.isBadInput == true
      }
    }
  }

  @Test("a model is unloaded and loaded while a request holds the one before; one that cannot be loaded keeps it")
  func reloading() async throws {
    let models = ModelRepository([("m", Self.name), ("broken", "/nowhere/model.accel")])
    #expect(!models.isReady)
    #expect(throws: (any Error).self) { try models.loadAll() }
    #expect(models.isReady)
    let first = try models.model("m")
    try models.load("m")
    #expect(try models.model("m") !== first)
    #expect(models.index[1].state == .failed)
    try models.unload("m")
    #expect(throws: ServingError.notLoaded("m")) { try models.model("m") }
    #expect(throws: ServingError.unknownModel("x", known: ["m", "broken"])) { try models.load("x") }
    let (queue, tensor, name) = (queue(), input(first, clips: 1), first.inputs[0].name)
    _ = try await queue.run { try first.infer(InferenceRequest(inputs: [(name, tensor)]), turn: $0) }
  }

  @Test("parameters of a query that are not known or out of range are errors")
  func parameters() throws {
    #expect(try VideoRequest(.classify, parameters: [("top", "3"), ("crops", "3"), ("model", "m")]).top == 3)
    for (task, name, value) in [
      (ServedTask.classify, "top", "0"), (.classify, "top", "x"), (.classify, "views", "1001"),
      (.classify, "crops", "2"),
      (.classify, "step", "1"), (.shots, "threshold", "1"), (.shots, "threshold", "nan"), (.timeline, "step", "0"),
      (.features, "top", "5"), (.shots, "views", "1"),
    ] {
      #expect(throws: ServingError.self) { try VideoRequest(task, parameters: [(name, value)]) }
    }
  }
}
