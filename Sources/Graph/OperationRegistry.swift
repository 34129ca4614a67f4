/// The operations that graphs are made of: one row each.
enum OperationRegistry {
  static let all: [any Operation.Type] = [
    Convolution.self, Linear.self, MatMul.self,
    BatchNorm.self, LayerNorm.self, Softmax.self,
    Pool.self, AdaptivePool.self, Mean.self,
    Activation.self, Binary.self, Dropout.self,
    Concat.self, Reshape.self, Permute.self, Slice.self, Pad.self,
  ]

  static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}
