import Foundation
import Tensors
import Testing

/// The cases of a fixture file under `Tests/Fixtures`: `{"about": …, "cases": […]}`.
public struct Fixture: Sendable {
  /// The folder that holds all fixtures.
  public static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures").path

  /// The cases, in order.
  public let cases: [FixtureCase]

  /// Reads a file, by its path below the folder of fixtures.
  public init(_ path: String) throws {
    let document = try JSON(contentsOf: "\(Self.folder)/\(path)").document(path: path)
    cases = try document.required("cases").elements().map {
      FixtureCase(name: try $0.required("name").string(), field: $0)
    }
  }
}

/// One case of a fixture; printed by its name.
public struct FixtureCase: Sendable, CustomTestStringConvertible {
  /// The case's name.
  public let name: String
  /// The case's JSON.
  public let field: JSONField

  /// The case's name.
  public var testDescription: String { name }

  /// The seed of the case's inputs and parameters.
  public func seed() throws -> UInt64 { UInt64(try field.required("seed").int()) }

  /// The expected output.
  public func output() throws -> Tensor {
    Tensor(
      try field.required("output").doubles().map { Float($0) }, shape: try field.required("output_shape").ints())
  }
}

/// The root mean square of the difference over that of the expected values, or of the difference alone if those are 0.
public func relativeError(_ found: Tensor, _ expected: Tensor) -> Double {
  let (a, b): ([Float], [Float]) = (found.elements(), expected.elements())
  var difference = 0.0
  var size = 0.0
  for (x, y) in zip(a, b) {
    difference += (Double(x) - Double(y)) * (Double(x) - Double(y))
    size += Double(y) * Double(y)
  }
  return size == 0 ? difference.squareRoot() : (difference / size).squareRoot()
}

/// Each row minus the mean of all rows: what is left says how the result depends on the input.
public func meanRemoved(_ logits: Tensor) -> Tensor {
  let rows = logits.shape[0]
  let columns = logits.count / rows
  let values = logits.elements(as: Float.self)
  let result = values.indices.map { index in
    values[index] - stride(from: index % columns, to: values.count, by: columns).reduce(0) { $0 + values[$1] }
      / Float(rows)
  }
  return Tensor(result, shape: logits.shape)
}
