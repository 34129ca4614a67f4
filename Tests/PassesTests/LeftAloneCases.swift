import Architectures
import IR
import PassTestSupport
import Passes
import Tensors
import Testing

extension PassCase {
  /// Those in which passes must leave something as it is: all passes run, and the operations after them are given.
  static let leftAlone: [PassCase] =
    [
      PassCase(
        "batch norm of a convolution with two uses",
        try Example("1") {
          let y = depthwise(4)($0)
          return BatchNorm(4)(y) * y
        }, ["depthwise", "batch_norm", "binary"]),
      PassCase(
        "an activation of parts that are used elsewhere",
        try Example("joined") {
          let y = pointwise(4, 4)($0)
          return relu(.concatenated([y, pointwise(4, 2)(y)], axis: 1))
        }, ["pointwise", "pointwise", "concat", "activation"]),
      PassCase(
        "a gate of another value", try Example("gate") { relu($0) * sigmoid($0) },
        ["activation", "activation", "binary"]),
      PassCase(
        "a product with a number for each channel",
        try Example("27") { depthwise(4)($0) * $0.builder.parameter("scale", shape: [4, 1, 1, 1]) },
        ["depthwise", "binary"]),
      PassCase("batch norm without a convolution", try Example("2") { BatchNorm(4)($0) }, ["batch_norm"]),
      PassCase(
        "batch norm after an activation", try Example("3") { BatchNorm(4)(relu(depthwise(4)($0))) },
        ["depthwise", "batch_norm"]),
      PassCase(
        "batch norm of a linear map along another axis",
        try Example("4", shape: [2, 3, 4], isOpen: false) { BatchNorm(3)(Linear(4, 6)($0)) }, ["linear", "batch_norm"]),
      PassCase(
        "a product of computed values, and a sum with one number",
        try Example("a product", shape: [2, 3, 3], isOpen: false) { x in
          let product = x.applying(Operations.MatMul(), relu(x))
          return Linear(3, 3, bias: false)(product) + x.builder.parameter("offset", shape: [1])
        }, ["activation", "matmul", "linear", "binary"]),
      PassCase(
        "activation of a convolution with two uses",
        try Example("5") {
          let y = pointwise(4, 4)($0)
          return relu(y) * y
        }, ["pointwise", "activation", "binary"]),
      PassCase(
        "a sum of one value with itself",
        try Example("6") {
          let y = pointwise(4, 4)($0)
          return y + y
        }, ["pointwise", "binary"]),
      PassCase(
        "a sum that broadcasts",
        try Example("7") { pointwise(4, 4)($0) + $0.mean(axes: [2, 3, 4], keepsAxes: true) },
        ["pointwise", "mean", "binary"]),
      PassCase(
        "a sum after the activation", try Example("8") { $0 + relu(pointwise(4, 4)($0)) }, ["pointwise", "binary"]),
      PassCase("a difference", try Example("9") { $0 - pointwise(4, 4)($0) }, ["pointwise", "binary"]),
      PassCase(
        "a second residual", try Example("10") { $0 + ($0 + pointwise(4, 4)($0)) }, ["pointwise", "binary"]),
      PassCase(
        "a mean over time alone",
        try Example("11") {
          let y = depthwise(4)($0)
          return y * y.mean(axes: [2], keepsAxes: true)
        }, ["depthwise", "mean", "binary"]),
      PassCase(
        "two pointwise convolutions with a sigmoid on many positions",
        try Example("12") { Activation.sigmoid(pointwise(2, 4)(relu(pointwise(4, 2)($0)))) },
        ["pointwise", "pointwise"]),
      PassCase(
        "scores of other channels, which scale nothing",
        try Example("13") {
          Activation.sigmoid(pointwise(2, 6)(relu(pointwise(4, 2)($0.mean(axes: [2, 3, 4], keepsAxes: true)))))
        }, ["mean", "pointwise", "pointwise"]),
      PassCase(
        "a product of two values of full size",
        try Example("14") { pointwise(4, 6)($0 * relu($0)) }, ["activation", "binary", "pointwise"]),
      PassCase(
        "an activation with two uses before a pointwise convolution",
        try Example("15") {
          let y = relu($0)
          return y + pointwise(4, 4)(y)
        }, ["activation", "pointwise"]),
      PassCase(
        "a linear map of another axis", try Example("16", isOpen: false) { Linear(5, 2)($0).permuted(0, 1, 3, 2, 4) },
        ["linear", "permute"]),
      PassCase(
        "a linear map whose permuted input is used elsewhere",
        try Example("17") {
          let y = $0.permuted(0, 2, 3, 4, 1)
          return Linear(4, 4)(y) * y
        }, ["permute", "linear", "binary"]),
      PassCase(
        "a mean of a depthwise convolution that is an output too",
        try Example("18") { depthwise(4)($0).mean(axes: [2, 3, 4]) }, ["depthwise", "mean"]),
      PassCase(
        "maximum pooling to one position", try Example("19") { AdaptivePooling.maximum([1, 1, 1])($0) },
        ["adaptive_pool"]),
      PassCase(
        "average pooling to two positions", try Example("20") { AdaptivePooling.average([1, 1, 2])($0) },
        ["adaptive_pool"]),
    ]
}
