import Formats
import Tensors
import Testing

@Suite struct WeightsTests {
  private let expected = [
    ExpectedTensor(name: "conv.weight", shape: [2, 3]), ExpectedTensor(name: "norm.weight", shape: [2]),
    ExpectedTensor(name: "norm.num_batches_tracked", shape: []), ExpectedTensor(name: "proj.weight", shape: [4, 2]),
    ExpectedTensor(name: "proj.bias", shape: [4]),
  ]

  private var fitting: NamedTensors {
    [
      "conv.weight": Tensor(zeros: [2, 3]), "norm.weight": Tensor(zeros: [2]), "proj.weight": Tensor(zeros: [4, 2]),
      "proj.bias": Tensor(zeros: [4]),
    ]
  }

  private func weights(_ tensors: NamedTensors) throws -> [String: Tensor] {
    try Checkpoint(path: "x.pyth", tensors: tensors).weights(for: expected).weights
  }

  @Test func stepCountersMayBeThereOrNot() throws {
    var tensors = fitting
    #expect(try weights(tensors).count == 4)
    tensors["norm.num_batches_tracked"] = Tensor([7] as [Int64], shape: [])
    tensors["other.num_batches_tracked"] = Tensor([7] as [Int64], shape: [])
    #expect(try weights(tensors)["norm.num_batches_tracked"] == Tensor([7] as [Float], shape: []))
  }

  @Test("floating-point types become float32", arguments: [ElementType.float16, .bfloat16, .float64, .float32])
  func converts(type: ElementType) throws {
    var tensors = fitting
    tensors["norm.weight"] = Tensor([1.5, -2] as [Float], shape: [2]).converted(to: type)
    #expect(try weights(tensors)["norm.weight"] == Tensor([1.5, -2] as [Float], shape: [2]))
  }

  @Test func optionalTensorsMayBeMissing() throws {
    let optional = expected + [ExpectedTensor(name: "extra", shape: [1], isOptional: true)]
    let checkpoint = Checkpoint(path: "x.pyth", tensors: fitting)
    #expect(try checkpoint.weights(for: optional).weights["extra"] == nil)
  }

  @Test func oneErrorListsAllThatDiffers() throws {
    let tensors: NamedTensors = [
      "conv.weight": Tensor(zeros: [2, 3]), "norm.weight": Tensor(zeros: [2], elementType: .int32),
      "proj.bias": Tensor(zeros: [4, 1]), "proj.\u{1B}b": Tensor(zeros: [1]), "norm.bias": Tensor(zeros: [1]),
      "criterion.weight": Tensor(zeros: [1]),
    ]
    var expected = expected
    expected.removeLast(2)
    expected += [ExpectedTensor(name: "proj.bias", shape: [4]), ExpectedTensor(name: "conv.bias", shape: [2])]
    expected += (0..<4).map { ExpectedTensor(name: "conv.\($0)", shape: []) }
    var whole = tensors
    for index in 0..<4 { whole["conv.\(index)"] = Tensor(zeros: []) }
    let (checkpoint, names) = (Checkpoint(path: "x.pyth", tensors: whole), expected)
    let error = #expect(throws: StateDictMismatch.self) { try checkpoint.weights(for: names) }
    #expect(
      error?.description
        == "x.pyth does not fit the model: 1 parameter is missing (\"conv.bias\"); 2 parameters are unexpected "
        + "(\"proj.\\u{1b}b\", \"norm.bias\"); 1 parameter is of another shape (\"proj.bias\" is [4, 1], not [4]); "
        + "1 parameter is not floating-point (\"norm.weight\" is int32)")
    #expect(error?.details.count == 5)
  }

  @Test func longListsAreCutOff() throws {
    var tensors = fitting
    for index in 0..<1000 { tensors["conv.x\(index)"] = Tensor(zeros: [1]) }
    let error = #expect(throws: StateDictMismatch.self) { try weights(tensors) }
    #expect(error?.unexpected.count == 1000)
    #expect(error?.description.contains("1000 parameters are unexpected (\"conv.x0\"") == true)
    #expect(error?.description.contains("and 995 more") == true)
    #expect(error.map { $0.description.count < 1000 } == true)
    #expect(error?.details.count == 1000)
  }

  @Test func anotherClassCountNamesTheOption() throws {
    var tensors = fitting
    tensors["proj.weight"] = Tensor(zeros: [400, 2])
    tensors["proj.bias"] = Tensor(zeros: [400])
    let error = #expect(throws: StateDictMismatch.self) { try weights(tensors) }
    #expect(error?.description == "x.pyth has 400 classes, the model was built for 4")
  }

  @Test(
    "other differences are not taken for another class count",
    arguments: [("proj.weight", [400, 3]), ("proj.bias", [5]), ("conv.weight", [400, 3]), ("norm.weight", [400])])
  func otherDifferences(name: String, shape: [Int]) throws {
    var tensors = fitting
    tensors["proj.weight"] = Tensor(zeros: [400, 2])
    tensors["proj.bias"] = Tensor(zeros: [400])
    tensors[name] = Tensor(zeros: shape)
    let error = #expect(throws: StateDictMismatch.self) { try weights(tensors) }
    #expect(error?.classCounts == nil)
  }
}
