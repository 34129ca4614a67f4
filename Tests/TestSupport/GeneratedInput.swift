import IR
import Tensors

/// An input described in a fixture, `{"shape", "scale", "offset"}`: offset + scale · unit, by seed and name; with a
/// `"type"`, truncated to integers of that type, or booleans for those that are not 0.
public func generatedInput(_ name: String, _ field: JSONField, seed: UInt64) throws -> Tensor {
  let shape = try field.required("shape").ints()
  let scale = Float(try field.required("scale").double())
  let offset = Float(try field.required("offset").double())
  let generator = CounterGenerator(seed: seed, name: name)
  let values = Tensor((0..<shape.reduce(1, *)).map { offset + scale * generator.unit($0) }, shape: shape)
  guard let name = try field.optional("type")?.string(), let type = ElementType(rawValue: name) else { return values }
  return values.converted(to: .int64).converted(to: type)
}
