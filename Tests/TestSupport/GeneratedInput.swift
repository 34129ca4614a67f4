import IR
import Tensors

/// An input described in a fixture, `{"shape", "scale", "offset"}`: offset + scale · unit, by seed and name.
public func generatedInput(_ name: String, _ field: JSONField, seed: UInt64) throws -> Tensor {
  let shape = try field.required("shape").ints()
  let scale = Float(try field.required("scale").double())
  let offset = Float(try field.required("offset").double())
  let generator = CounterGenerator(seed: seed, name: name)
  return Tensor((0..<shape.reduce(1, *)).map { offset + scale * generator.unit($0) }, shape: shape)
}
