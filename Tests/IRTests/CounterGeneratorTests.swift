import IR
import TestSupport
import Tensors
import Testing

/// The generator of weights and clips against its twin in `Tools/`.
@Suite struct CounterGeneratorTests {
  @Test(arguments: (try? Fixture("models/generator.json"))?.cases ?? [])
  func agreesWithItsTwin(_ example: FixtureCase) throws {
    let field = example.field
    let seed = UInt64(try field.required("seed").string()) ?? 0
    switch try field.required("kind").string() {
    case "bits":
      let generator = CounterGenerator(seed: seed, name: try field.required("stream").string())
      let indices = try field.required("indices").ints()
      #expect(try indices.map { padded(generator.bits($0)) } == field.required("bits").strings())
      #expect(try indices.map { generator.unit($0) } == field.required("unit").doubles().map { Float($0) })
    case "clip":
      let clip = try field.required("clip").int()
      let shape = [clip + 1] + (try field.required("shape").ints())
      let size = shape[1...].reduce(1, *)
      let values = RandomWeights.clips(shape, seed: seed).elements(as: Float.self)[(clip * size)...]
      let positions = try field.required("positions").ints()
      let expected = try field.required("normalised").doubles().map { Float($0) }
      #expect(positions.map { values[clip * size + $0] } == expected)
    default: break
    }
  }

  private func padded(_ bits: UInt64) -> String {
    let text = String(bits, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}
