import IR

/// A convolution of several positions in one of the families of networks, at its real size.
struct ConvolutionShape: CustomStringConvertible {
  let name: String
  let inputs: Int
  let outputs: Int
  let groups: Int
  let window: Window
  /// `[T, H, W]` of the input.
  let size: [Int]

  init(
    _ name: String, _ inputs: Int, _ outputs: Int, kernel: [Int], stride: [Int] = [1, 1, 1],
    dilation: [Int] = [1, 1, 1], groups: Int = 1, size: [Int]
  ) {
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.groups = groups
    self.size = size
    window = Window(
      kernel: kernel, stride: stride, padding: (0..<3).map { (kernel[$0] - 1) * dilation[$0] / 2 }, dilation: dilation)
  }

  var description: String {
    let shape = { (lengths: [Int]) in lengths.map { "\($0)" }.joined(separator: "×") }
    return "\(name) \(shape(window.kernel)) \(inputs)→\(outputs) \(shape(size))"
  }

  static let dense: [ConvolutionShape] = [
    ConvolutionShape("r3d.stem", 3, 64, kernel: [3, 7, 7], stride: [1, 2, 2], size: [16, 112, 112]),
    ConvolutionShape("r3d.1", 64, 64, kernel: [3, 3, 3], size: [16, 56, 56]),
    ConvolutionShape("r3d.2.0", 64, 128, kernel: [3, 3, 3], stride: [2, 2, 2], size: [16, 56, 56]),
    ConvolutionShape("r3d.2", 128, 128, kernel: [3, 3, 3], size: [8, 28, 28]),
    ConvolutionShape("r3d.3", 256, 256, kernel: [3, 3, 3], size: [4, 14, 14]),
    ConvolutionShape("r3d.4", 512, 512, kernel: [3, 3, 3], size: [2, 7, 7]),
    ConvolutionShape("r21d.1s", 64, 144, kernel: [1, 3, 3], size: [16, 56, 56]),
    ConvolutionShape("r21d.1t", 144, 64, kernel: [3, 1, 1], size: [16, 56, 56]),
    ConvolutionShape("slow.stem", 3, 64, kernel: [1, 7, 7], stride: [1, 2, 2], size: [8, 224, 224]),
    ConvolutionShape("slow.res2", 64, 64, kernel: [1, 3, 3], size: [8, 56, 56]),
    ConvolutionShape("slow.res3", 128, 128, kernel: [1, 3, 3], size: [8, 28, 28]),
    ConvolutionShape("slow.res4", 256, 256, kernel: [1, 3, 3], size: [8, 14, 14]),
    ConvolutionShape("slow.res4t", 1024, 256, kernel: [3, 1, 1], size: [8, 14, 14]),
    ConvolutionShape("slow.res5", 512, 512, kernel: [1, 3, 3], size: [8, 7, 7]),
    ConvolutionShape("slow.res5t", 2048, 512, kernel: [3, 1, 1], size: [8, 7, 7]),
    ConvolutionShape("i3d.stem", 3, 64, kernel: [5, 7, 7], stride: [1, 2, 2], size: [8, 224, 224]),
    ConvolutionShape("i3d.res2t", 256, 64, kernel: [3, 1, 1], size: [8, 56, 56]),
    ConvolutionShape("fast.stem", 3, 8, kernel: [5, 7, 7], stride: [1, 2, 2], size: [32, 224, 224]),
    ConvolutionShape("fast.res2", 8, 8, kernel: [1, 3, 3], size: [32, 56, 56]),
    ConvolutionShape("fast.lateral", 32, 64, kernel: [7, 1, 1], stride: [4, 1, 1], size: [32, 56, 56]),
    ConvolutionShape("transnet.1", 64, 32, kernel: [1, 3, 3], size: [100, 27, 48]),
    ConvolutionShape("transnet.d8", 32, 16, kernel: [3, 1, 1], dilation: [8, 1, 1], size: [100, 27, 48]),
    ConvolutionShape("groups of 4", 128, 128, kernel: [1, 3, 3], groups: 32, size: [8, 28, 28]),
    ConvolutionShape("groups of 64", 256, 256, kernel: [1, 3, 3], groups: 4, size: [8, 14, 14]),
  ]

  static let depthwise: [ConvolutionShape] =
    [
      ("csn.res2", 64, [3, 3, 3], [1, 1, 1], [32, 56, 56]), ("csn.res3.0", 128, [3, 3, 3], [2, 2, 2], [32, 56, 56]),
      ("csn.res3", 128, [3, 3, 3], [1, 1, 1], [16, 28, 28]), ("csn.res4", 256, [3, 3, 3], [1, 1, 1], [8, 14, 14]),
      ("csn.res5", 512, [3, 3, 3], [1, 1, 1], [4, 7, 7]),
      ("movinet_a0.0", 24, [1, 5, 5], [1, 2, 2], [50, 86, 86]),
      ("movinet_a0.1.1", 80, [3, 3, 3], [1, 1, 1], [50, 22, 22]),
      ("movinet_a0.2", 184, [5, 3, 3], [1, 1, 1], [50, 11, 11]),
      ("movinet_a0.4", 384, [1, 5, 5], [1, 1, 1], [50, 6, 6]),
    ].map { name, channels, kernel, stride, size in
      ConvolutionShape(name, channels, channels, kernel: kernel, stride: stride, groups: channels, size: size)
    }
}
