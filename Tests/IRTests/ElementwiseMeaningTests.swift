import Tensors
import Testing

@testable import IR

/// What fixtures do not hold: numbers that are not finite, and integers at their limits.
@Suite struct ElementwiseMeaningTests {
  static let special = Tensor([.nan, .infinity, -.infinity, 0, 1.5] as [Float], shape: [5])

  @Test func testsOfNumbersThatAreNotFinite() {
    #expect(Operations.Unary(.isNaN).evaluate([Self.special])[0].elements() == [true, false, false, false, false])
    #expect(Operations.Unary(.isInfinite).evaluate([Self.special])[0].elements() == [false, true, true, false, false])
  }

  @Test(arguments: BinaryFunction.allCases.filter(\.isComparison)) func nothingComparesWithNaN(
    _ function: BinaryFunction
  ) throws {
    let result = try Operations.Binary(function).evaluate([Self.special, Tensor([Float.nan], shape: [1])])
    #expect(result[0].elements() == [Bool](repeating: false, count: 5))
  }

  @Test func integersWrapAroundInTheirOwnType() throws {
    let bytes = Tensor([200, 255] as [UInt8], shape: [2])
    #expect(try Operations.Binary(.add).evaluate([bytes, bytes])[0].elements() == [144, 254] as [UInt8])
    let limit = Tensor([Int64.max, .min], shape: [2])
    let one = Tensor([1, -1] as [Int64], shape: [2])
    #expect(try Operations.Binary(.add).evaluate([limit, one])[0].elements() == [Int64.min, .max])
    #expect(try Operations.Binary(.divide).evaluate([limit, one])[0].elements() == [Int64.max, .min])
    #expect(Operations.Unary(.abs).evaluate([limit])[0].elements() == [Int64.max, .min])
    let large = Tensor([UInt64.max, 1], shape: [2])
    #expect(
      try Operations.Binary(.maximum).evaluate([large, Tensor([2, 2] as [UInt64], shape: [2])])[0].elements()
        == [UInt64.max, 2])
  }

  /// ONNX Runtime mirrors an axis once at most.
  @Test func reflectionGoesOnAsOftenAsNecessary() {
    let pad = Operations.Pad(before: [5], after: [4], mode: .reflect)
    let result = pad.evaluate([Tensor([0, 1, 2] as [Float], shape: [3])])[0]
    #expect(result.elements() == [1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2] as [Float])
    let one = Operations.Pad(before: [2], after: [1], mode: .reflect).evaluate([Tensor([7] as [Float], shape: [1])])
    #expect(one[0].elements() == [7, 7, 7, 7] as [Float])
  }

  @Test func conversionsKeepWhatATypeCanHold() {
    let wide = Tensor([1 << 61, -1, 300] as [Int64], shape: [3])
    #expect(Operations.Cast(to: .uint8).evaluate([wide])[0].elements() == [0, 255, 44] as [UInt8])
    #expect(Operations.Cast(to: .uint64).evaluate([wide])[0].elements() == [1 << 61, .max, 300] as [UInt64])
    let real = Tensor([.nan, 3e9, -2.7, 0.2] as [Float], shape: [4])
    #expect(Operations.Cast(to: .int32).evaluate([real])[0].elements() == [0, .max, -2, 0] as [Int32])
    #expect(Operations.Cast(to: .bool).evaluate([real])[0].elements() == [true, true, true, true])
  }
}
