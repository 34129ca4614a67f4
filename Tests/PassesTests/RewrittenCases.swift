import Architectures
import IR
import PassTestSupport
import Passes
import Tensors
import Testing

extension PassCase {
  /// Those in which the pass finds something.
  static let rewritten = tidying + folding + fusing

  static let tidying: [PassCase] =
    [
      PassCase(
        "remove_dead_code",
        try Example("a result that nothing uses") { x in
          _ = swish(pointwise(4, 2)(x))
          return relu(x)
        }, ["activation"]),
      PassCase("remove_dropout", try Example("dropout twice") { Dropout(0.5)(Dropout(0.1)(relu($0))) }, ["activation"]),
      PassCase(
        "pool_to_mean", try Example("3D") { AdaptivePooling.average([1, 1, 1])($0) }, ["mean"]),
      PassCase(
        "pool_to_mean", try Example("2D", shape: [2, 3, 5, 4]) { AdaptivePooling.average([1, 1])($0) }, ["mean"]),
      PassCase(
        "name_activations",
        try Example("swish, written out") { sigmoid(relu($0)) * relu($0) + $0 * sigmoid($0) },
        ["activation", "activation", "activation", "binary", "activation", "binary"]),
      PassCase(
        "name_activations",
        try Example("hard swish") { $0 * $0.applying(Operations.Activation(.hardSigmoid)) }, ["activation"]),
      PassCase(
        "name_activations",
        try Example("GELU") { x in
          let root = x / number(2.0.squareRoot(), x)
          return x * (root.applying(Operations.Unary(.erf)) + number(1, x)) * number(0.5, x)
        }, ["activation"]),
      PassCase(
        "name_activations",
        try Example("GELU with the half first") { x in
          let root = x * number(0.5.squareRoot(), x)
          return (number(0.5, x) * x) * (number(1, x) + root.applying(Operations.Unary(.erf)))
        }, ["activation"]),
      PassCase(
        "fold_parameters",
        try Example("a matrix that is applied as two convolutions") { x in
          let weight = x.builder.parameter("weight", shape: [3, 8])
          let halves = [0, 4].map { start in
            x.applying(
              Operations.Convolution(window: Window(kernel: [1, 1, 1])),
              weight.applying(Operations.Slice(axis: 1, start: start, end: start + 4)).reshaped(to: 3, 1, 1, 1, 4)
                .permuted(0, 4, 1, 2, 3))
          }
          return halves[0] * halves[1]
        }, ["convolution", "convolution", "binary"]),
      PassCase(
        "products_to_linear",
        try Example("a product and a sum", shape: [2, 5, 7], isOpen: false) { x in
          let product = x.applying(Operations.MatMul(), x.builder.parameter("weight", shape: [7, 3]))
          return x.builder.parameter("bias", shape: [1, 3]) + product
        }, ["linear"]),
      PassCase(
        "products_to_linear",
        try Example("a product that has another use", shape: [2, 5, 7], isOpen: false) { x in
          let product = x.applying(Operations.MatMul(), x.builder.parameter("weight", shape: [7, 3]))
          return (product + x.builder.parameter("bias", shape: [3])) * product
        }, ["linear", "binary", "binary"]),
      PassCase(
        "sink_permutes",
        try Example("permutations on both sides") { Linear(4, 3)($0.permuted(0, 2, 3, 4, 1)).permuted(0, 4, 1, 2, 3) },
        ["pointwise"]),
      PassCase(
        "sink_permutes",
        try Example("without bias, 2D", shape: [2, 4, 5, 3]) {
          Linear(4, 3, bias: false)($0.permuted(0, 2, 3, 1)).permuted(0, 3, 1, 2)
        }, ["pointwise"]),
      PassCase(
        "sink_permutes",
        try Example("activation and mean") { relu(Linear(4, 3)($0.permuted(0, 2, 3, 4, 1))).mean(axes: [1, 2, 3]) },
        ["pointwise", "activation", "mean"]),
      PassCase(
        "sink_permutes",
        try Example("mean that keeps an order") { $0.permuted(4, 3, 2, 1, 0).mean(axes: [1, 3]) }, ["mean", "permute"]),
      PassCase(
        "sink_permutes",
        try Example("mean that keeps its axes") { $0.permuted(0, 2, 1, 3, 4).mean(axes: [1], keepsAxes: true) },
        ["mean", "permute"]),
    ]

  static let folding: [PassCase] =
    [
      PassCase(
        "distribute_over_concat",
        try Example("batch norm and activation") {
          relu(BatchNorm(10)(.concatenated([pointwise(4, 6, bias: false)($0), depthwise(4)($0)], axis: 1)))
        },
        ["convolution", "convolution", "batch_norm", "batch_norm", "activation", "activation", "concat"]),
      PassCase(
        "fold_batch_norm", try Example("without bias") { BatchNorm(6)(pointwise(4, 6, bias: false)($0)) },
        ["convolution"]),
      PassCase(
        "fold_batch_norm", try Example("with bias") { BatchNorm(4)(depthwise(4, bias: true)($0)) }, ["convolution"]),
      PassCase(
        "fold_batch_norm",
        try Example("two in a row") { BatchNorm(6)(BatchNorm(6, epsilon: 0.1)(pointwise(4, 6)($0))) },
        ["convolution"]),
      PassCase(
        "fold_scale",
        try Example("after a batch norm") {
          $0.builder.parameter("alpha", shape: []) * BatchNorm(6)(pointwise(4, 6, bias: false)($0))
        }, ["convolution"]),
      PassCase(
        "fold_scale",
        try Example("on the right") { depthwise(4)($0) * $0.builder.parameter("alpha", shape: [1]) }, ["convolution"]),
      PassCase(
        "fold_scale",
        try Example("of a hard sigmoid") {
          pointwise(4, 6)($0).applying(Operations.ParametricActivation(.hardSigmoid, alpha: 0.2, beta: 0.5))
        }, ["convolution", "activation"]),
      PassCase(
        "fold_batch_norm",
        try Example("after a linear map", shape: [3, 4]) { BatchNorm(6)(Linear(4, 6)($0)) }, ["linear"]),
      PassCase("transmute", try Example("pointwise") { pointwise(4, 6, stride: [1, 2, 2])($0) }, ["pointwise"]),
      PassCase("transmute", try Example("depthwise") { depthwise(4, stride: [1, 2, 2])($0) }, ["depthwise"]),
      PassCase(
        "transmute",
        try Example("temporal and spatial") {
          Conv3d(6, 2, kernel: [1, 3, 3], stride: [1, 2, 2])(Conv3d(4, 6, kernel: [3, 1, 1], padding: [1, 0, 0])($0))
        }, ["fused_convolution", "fused_convolution"]),
      PassCase(
        "transmute", try Example("2D", shape: [2, 4, 6, 5]) { Conv2d(4, 6, kernel: [3, 3])($0) }, ["fused_convolution"]),
    ]

  static let fusing: [PassCase] =
    [
      PassCase(
        "fuse_residual", try Example("input on the left") { $0 + pointwise(4, 4)($0) }, ["pointwise"]),
      PassCase(
        "fuse_residual", try Example("input on the right") { pointwise(4, 4)($0) + $0 }, ["pointwise"]),
      PassCase(
        "fuse_residual",
        try Example("shortcut convolution") { pointwise(4, 6)($0) + pointwise(4, 6)(relu($0)) },
        ["pointwise", "activation", "pointwise"]),
      PassCase(
        "fuse_residual",
        try Example("into a spatial convolution") {
          $0 + Conv3d(4, 4, kernel: [1, 3, 3], padding: [0, 1, 1])($0)
        }, ["fused_convolution"]),
      PassCase("fuse_activation", try Example("pointwise") { relu(pointwise(4, 6)($0)) }, ["pointwise"]),
      PassCase("fuse_activation", try Example("depthwise") { swish(depthwise(4)($0)) }, ["depthwise"]),
      PassCase("fuse_activation", try Example("after a sum") { relu($0 + pointwise(4, 4)($0)) }, ["pointwise"]),
      PassCase(
        "fuse_squeeze_excite",
        try Example("alone") { SqueezeExcitation(4, reducedChannels: 2, is3D: true)($0) },
        ["mean", "squeeze_excite", "binary"]),
      PassCase(
        "fuse_squeeze_excite",
        try Example("2D, swish", shape: [2, 4, 6, 5]) {
          SqueezeExcitation(4, reducedChannels: 2, activation: .swish)($0)
        },
        ["mean", "squeeze_excite", "binary"]),
      PassCase(
        "fuse_squeeze_excite",
        try Example("two means of each channel, hard sigmoid") { x in
          let mean = x.mean(axes: [2, 3, 4], keepsAxes: true)
          return x
            * Activation.hardSigmoid(pointwise(2, 4)(relu(pointwise(8, 2)(.concatenated([mean, mean], axis: 1)))))
        }, ["mean", "concat", "squeeze_excite", "binary"]),
      PassCase(
        "fuse_mean",
        try Example("squeeze-excite after a depthwise convolution") {
          SqueezeExcitation(4, reducedChannels: 2, is3D: true)(depthwise(4)($0))
        }, ["depthwise", "squeeze_excite", "binary"]),
      PassCase(
        "fuse_mean",
        try Example("a use before the mean") {
          let y = depthwise(4)($0)
          return swish(y) + y.mean(axes: [2, 3, 4], keepsAxes: true)
        }, ["depthwise", "activation", "binary"]),
      PassCase(
        "fuse_prologue_activation", try Example("after a sum of other values") { pointwise(4, 6)(swish($0 + $0)) },
        ["binary", "pointwise"]),
      PassCase(
        "fuse_scale",
        try Example("squeeze-excite, swish, pointwise") {
          pointwise(4, 6)(swish(SqueezeExcitation(4, reducedChannels: 2, is3D: true)(depthwise(4)($0))))
        }, ["depthwise", "squeeze_excite", "pointwise"]),
      PassCase(
        "fuse_scale",
        try Example("the scale on the left, and a residual") {
          let scale = Activation.sigmoid($0.mean(axes: [2, 3, 4], keepsAxes: true))
          return $0 + pointwise(4, 4)(scale * $0)
        }, ["mean", "activation", "pointwise"]),
    ]
}
