import TestSupport
import Tensors
import Testing

@testable import IR

/// Every operation's scalar meaning against PyTorch. A case's attributes are the operation's own JSON coding.
@Suite struct OperationParityTests {
  static let fixture = ["operations", "network_operations"].flatMap {
    (try? Fixture("operations/\($0).json"))?.cases ?? []
  }

  @Test func fixtureCoversAllOperationsThatCompute() throws {
    let covered = Set(try Self.fixture.map { try $0.field.required("operation").string() })
    // PyTorch has no efficient operations: those are tested against the compositions that they stand for.
    let efficient =
      [
        Operations.Pointwise.name, Operations.Depthwise.name, Operations.FusedConvolution.name,
        Operations.SqueezeExcite.name,
      ] + OperationRegistry.shapeArithmetic.map { $0.name }
    #expect(covered == Set(OperationRegistry.byName.keys).subtracting(efficient + [Operations.Dropout.name]))
  }

  @Test(arguments: fixture) func agreesWithPyTorch(_ example: FixtureCase) throws {
    let seed = try example.seed()
    let inputs = try example.field.required("inputs").elements().enumerated().map {
      try generatedInput("in\($0)", $1, seed: seed)
    }
    let name = try example.field.required("operation").string()
    let kind = try #require(OperationRegistry.byName[name])
    let operation = try Self.decode(kind, example.field.required("attributes"))
    let expected = try example.output()
    let type = try operation.resultTypes(inputs.map { ValueType($0) })[0]
    #expect(type.fixedShape == expected.shape)
    let result = try operation.evaluate(inputs)[0]
    #expect(ValueType(result) == type)
    #expect(relativeError(result.converted(to: .float32), expected) < 2e-6)
  }

  static func decode<Kind: Operation>(_ kind: Kind.Type, _ attributes: JSONField) throws -> any Operation {
    try attributes.decode(kind)
  }
}
