import Tensors
import TestSupport
import Testing

@testable import IR

/// Whether what operations say of themselves is so.
@Suite struct OperationFactsTests {
  /// An operation on two clips, of which each takes its share of the inputs.
  struct Example: Sendable {
    let operation: any Operation
    let inputs: [Tensor]
    /// How many of the inputs, the last ones, are the same for both.
    let shared: Int

    init(_ operation: any Operation, _ shapes: [[Int]], shared: Int = 0) {
      self.operation = operation
      self.shared = shared
      inputs = shapes.enumerated().map { index, shape in
        // Variances have to be positive.
        Tensor((0..<shape.reduce(1, *)).map { Float(($0 * 37 + index * 11) % 101) / 50 + 0.1 }, shape: shape)
      }
    }

    /// The inputs of one of the two clips.
    func inputs(of clip: Int) -> [Tensor] {
      inputs.enumerated().map { index, tensor in
        index >= inputs.count - shared
          ? tensor : Reference.slice(tensor, axis: 0, start: clip, end: clip + 1, step: 1)
      }
    }

    /// The results for the two clips one by one, joined.
    func apart() -> [Tensor] {
      let parts = (0..<2).map { operation.evaluate(inputs(of: $0)) }
      return zip(parts[0], parts[1]).map { Reference.concatenate([$0, $1], axis: 0) }
    }
  }

  static let image = [2, 3, 4, 5]
  static let window = Window(kernel: [3, 3], stride: [2, 1], padding: [1, 1])
  static let examples = [
    Example(Operations.Convolution(window: window), [image, [4, 3, 3, 3], [4]], shared: 2),
    Example(Operations.Linear(), [[2, 3], [4, 3], [4]], shared: 2),
    Example(Operations.MatMul(), [[2, 3, 4], [2, 4, 2]]),
    Example(Operations.BatchNorm(epsilon: 1e-3), [image, [3], [3], [3], [3]], shared: 4),
    Example(Operations.LayerNorm(epsilon: 1e-3), [[2, 3, 4], [4], [4]], shared: 2),
    Example(Operations.Softmax(axis: 1), [[2, 5]]), Example(Operations.Softmax(axis: 0), [[2, 5]]),
    Example(Operations.Pool(.average, window: window), [image]),
    Example(Operations.AdaptivePool(.maximum, outputSize: [2, 2]), [image]),
    Example(Operations.Mean(axes: [2, 3]), [image]), Example(Operations.Mean(axes: [0, 2], keepsAxes: true), [image]),
    Example(Operations.Activation(.swish), [image]), Example(Operations.Binary(.subtract), [image, image]),
    Example(Operations.Dropout(rate: 0.5), [image]), Example(Operations.Concat(axis: 1), [image, image]),
    Example(Operations.Concat(axis: 0), [image, image]), Example(Operations.Reshape([0, -1]), [image]),
    Example(Operations.Reshape([5, -1]), [image]), Example(Operations.Permute([0, 2, 3, 1]), [image]),
    Example(Operations.Permute([1, 0, 2, 3]), [image]),
    Example(Operations.Slice(axis: 2, start: 1, end: 3), [image]),
    Example(Operations.Slice(axis: 0, start: 1, end: 2), [image]),
    Example(Operations.Pad(before: [0, 0, 1, 0], after: [0, 0, 0, 2]), [image]),
    Example(Operations.Pad(before: [1, 0, 0, 0], after: [0, 0, 0, 0]), [image]),
    Example(Operations.Pointwise(stride: [1, 1]), [image, [4, 3], [4]], shared: 2),
    Example(Operations.Depthwise(window: window, emitsMean: true), [image, [3, 3, 3], [3]], shared: 2),
    Example(Operations.FusedConvolution(window: window), [image, [4, 3, 3, 3], [4]], shared: 2),
    Example(Operations.SqueezeExcite(), [[2, 3, 1, 1], [2, 3], [2], [3, 2], [3]], shared: 4),
  ]

  @Test func operationsKeepClipsApartWhereTheySaySo() {
    // Shape arithmetic has no clips.
    let names = Set(OperationRegistry.byName.keys).subtracting(OperationRegistry.shapeArithmetic.map { $0.name })
    #expect(Set(Self.examples.map(\.operation.name)) == names)
    for example in Self.examples {
      let isApart = example.operation.facts.reach != .batch
      #expect((example.operation.evaluate(example.inputs) == example.apart()) == isApart, "\(example.operation)")
    }
  }

  @Test func elementwiseOperationsCommuteWithPermutations() {
    let order = [3, 1, 0, 2]
    for example in Self.examples where example.operation.facts.reach == .element {
      let permuted = example.operation.evaluate(example.inputs.map { Reference.permute($0, order: order) })
      let expected = example.operation.evaluate(example.inputs).map { Reference.permute($0, order: order) }
      #expect(permuted == expected, "\(example.operation)")
    }
  }
}
