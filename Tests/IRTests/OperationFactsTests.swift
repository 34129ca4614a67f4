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
      self.init(operation, shapes.enumerated().map { Self.values($1, $0) }, shared: shared)
    }

    init(_ operation: any Operation, _ inputs: [Tensor], shared: Int = 0) {
      self.operation = operation
      self.inputs = inputs
      self.shared = shared
    }

    /// Positive numbers, as variances have to be.
    static func values(_ shape: [Int], _ index: Int = 0) -> Tensor {
      let numbers = (0..<shape.reduce(1, *)).map { ($0 * 37 + index * 11) % 101 }
      return Tensor(numbers.map { Float($0) / 50 + 0.1 }, shape: shape)
    }

    /// Small integers.
    static func indices(_ shape: [Int], below limit: Int = 2) -> Tensor {
      let numbers = (0..<shape.reduce(1, *)).map { ($0 * 7 + $0 / 3) % limit }
      return Tensor(numbers.map { Int64($0) }, shape: shape)
    }

    /// The inputs of one of the two clips.
    func inputs(of clip: Int) -> [Tensor] {
      inputs.enumerated().map { index, tensor in
        index >= inputs.count - shared
          ? tensor : Reference.slice(tensor, axis: 0, start: clip, end: clip + 1, step: 1)
      }
    }

    /// The results for the two clips one by one, joined.
    func apart() throws -> [Tensor] {
      let parts = try (0..<2).map { try operation.evaluate(inputs(of: $0)) }
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
    Example(Operations.TemporalSimilarity(frameCount: 3), [[2, 3, 4, 1, 2]]),
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
    Example(Operations.TransposedConvolution(window: window), [image, [3, 4, 3, 3], [4]], shared: 2),
    Example(Operations.Einsum("bij,bjk->bik"), [[2, 3, 4], [2, 4, 2]]),
    Example(Operations.Einsum("bij,kj->bik"), [[2, 3, 4], [2, 4]], shared: 1),
    Example(Operations.Einsum("bij->ij"), [[2, 3, 4]]),
    Example(Operations.GRU(resetsProduct: true), [[2, 3, 4], [1, 6, 4], [1, 6, 2], [1, 12]], shared: 3),
    Example(Operations.LSTM(), [[2, 3, 4], [1, 8, 4], [1, 8, 2], [1, 16]], shared: 3),
    Example(Operations.RMSNorm(epsilon: 1e-3), [[2, 3, 4], [4]], shared: 1),
    Example(Operations.GroupNorm(groups: 3, epsilon: 1e-3), [image, [3], [3]], shared: 2),
    Example(Operations.LogSoftmax(axis: 1), [[2, 5]]), Example(Operations.LogSoftmax(axis: 0), [[2, 5]]),
    Example(Operations.Resize(axes: [2, 3], lengths: [3, 7], mode: .linear), [image]),
    Example(Operations.Resize(axes: [0], lengths: [3], mode: .nearest), [image]),
    Example(Operations.Reduce(.product, axes: [2, 3]), [image]),
    Example(Operations.Reduce(.sum, axes: [0], keepsAxes: true), [image]),
    Example(Operations.ArgReduce(.maximum, axis: 1), [image]),
    Example(Operations.ArgReduce(.minimum, axis: 0), [image]),
    Example(Operations.TopK(count: 2, axis: 3), [image]), Example(Operations.TopK(count: 1, axis: 0), [image]),
    Example(Operations.CumulativeSum(axis: 2), [image]), Example(Operations.CumulativeSum(axis: 0), [image]),
    Example(Operations.ParametricActivation(.elu, alpha: 2), [image]), Example(Operations.Unary(.sin), [image]),
    Example(Operations.PRelu(), [image, image]),
    Example(
      Operations.Select(),
      [Example.indices(image).converted(to: .bool), Example.values(image), Example.values(image, 1)]),
    Example(Operations.Cast(to: .int32), [image]), Example(Operations.Split(axis: 3, lengths: [2, 3]), [image]),
    Example(Operations.Split(axis: 0, lengths: [1, 1]), [image]),
    Example(Operations.Expand(shape: [1, 4, 1]), [[2, 1, 3]]), Example(Operations.Expand(shape: [4, 2, 3]), [[2, 3]]),
    Example(Operations.Tile(repeats: [1, 2, 3]), [[2, 3, 2]]), Example(Operations.Tile(repeats: [2, 1]), [[2, 3]]),
    Example(Operations.Triangle(keepsUpper: true), [[2, 3]]),
    Example(Operations.DepthToSpace(blockSize: 2, keepsChannelsTogether: false), [[2, 4, 2, 3]]),
    Example(Operations.SpaceToDepth(blockSize: 2), [[2, 1, 4, 6]]),
    Example(Operations.Gather(axis: 1), [Example.values(image), Example.indices([2, 2])], shared: 1),
    Example(Operations.Gather(axis: 0), [Example.values(image), Example.indices([3])], shared: 1),
    Example(Operations.GatherElements(axis: 2), [Example.values(image), Example.indices([2, 3, 1, 5])]),
    Example(Operations.GatherElements(axis: 0), [Example.values(image), Example.indices([2, 3, 4, 5])]),
    Example(Operations.GatherND(batchRank: 1), [Example.values(image), Example.indices([2, 3, 2])]),
    Example(Operations.GatherND(), [Example.values(image), Example.indices([2, 3])]),
    Example(
      Operations.ScatterElements(axis: 2, reduction: .add),
      [Example.values(image), Example.indices([2, 3, 2, 5]), Example.values([2, 3, 2, 5], 1)]),
    Example(
      Operations.ScatterElements(axis: 0),
      [Example.values([2, 3]), Example.indices([2, 3]), Example.values([2, 3], 1)]),
    Example(Operations.ScatterND(), [Example.values([2, 3]), Example.indices([2, 1]), Example.values([2, 3], 1)]),
    Example(
      Operations.OneHot(axis: 1, length: 3), [Example.indices([2, 3]), Example.values([2])], shared: 1),
    Example(
      Operations.OneHot(axis: 0, length: 2), [Example.indices([2]), Example.values([2])], shared: 1),
  ]

  @Test func operationsKeepClipsApartWhereTheySaySo() throws {
    // Shape arithmetic has no clips.
    let names = Set(OperationRegistry.byName.keys).subtracting(OperationRegistry.shapeArithmetic.map { $0.name })
    #expect(Set(Self.examples.map(\.operation.name)) == names)
    for example in Self.examples {
      let isApart = example.operation.facts.reach != .batch
      let (together, apart) = (try example.operation.evaluate(example.inputs), try? example.apart())
      #expect((together == apart) == isApart, "\(example.operation)")
    }
  }

  @Test func elementwiseOperationsCommuteWithPermutations() throws {
    let order = [3, 1, 0, 2]
    for example in Self.examples where example.operation.facts.reach == .element {
      let permuted = try example.operation.evaluate(example.inputs.map { Reference.permute($0, order: order) })
      let expected = try example.operation.evaluate(example.inputs).map { Reference.permute($0, order: order) }
      #expect(permuted == expected, "\(example.operation)")
    }
  }
}
