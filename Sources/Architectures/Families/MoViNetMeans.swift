import IR
import Tensors

/// The means over positions and frames within one MoViNet: of a whole clip, or, if each frame sees only past ones, of all
/// frames so far.
struct MoViNetMeans {
  private let form: MoViNetConfiguration.Form
  /// 1 / n after n frames: for each frame of a clip `[1, 1, T, 1, 1]`, or for the frame of this run `[1]`; nil in the base form.
  private let rate: SymbolicTensor?

  /// Prepares the means of a network with an input.
  init(_ form: MoViNetConfiguration.Form, input: SymbolicTensor) {
    self.form = form
    guard form != .base else {
      rate = nil
      return
    }
    let builder = input.builder
    let one = builder.constant(Tensor([1] as [Float], shape: []))
    guard form == .stream else {
      let length = input.applying(Operations.Shape()).applying(Operations.Slice(axis: 0, start: 2, end: 3))
      let counts = one.applying(Operations.ExpandTo(), length).applying(Operations.CumulativeSum(axis: 0))
      rate = one / counts.reshaped(to: 1, 1, -1, 1, 1)
      return
    }
    // float32 counts to 2²⁴. After that means forget frames that long ago, and go on.
    let past = builder.state("frame_count", shape: [1], initial: 0)
    let count = past + one
    builder.update(past, to: count)
    rate = one / count
  }

  /// Returns what squeeze-excite sees of a value: the mean of each channel `[N, C, 1, 1, 1]`, or, of past frames, for each frame the
  /// means so far and its own `[N, 2C, T, 1, 1]`.
  func squeezed(_ x: SymbolicTensor) -> SymbolicTensor {
    guard form != .base else { return x.mean(axes: [2, 3, 4], keepsAxes: true) }
    let own = form == .stream ? x.mean(axes: [2, 3, 4], keepsAxes: true) : x.mean(axes: [3, 4], keepsAxes: true)
    return .concatenated([soFar(own), own], axis: 1)
  }

  /// Returns the mean of each channel over all frames until the newest one, `[N, C, 1, 1, 1]`.
  func final(of x: SymbolicTensor) -> SymbolicTensor {
    let mean = x.mean(axes: [2, 3, 4], keepsAxes: true)
    return form == .stream ? soFar(mean) : mean
  }

  /// Returns, for each frame's mean, the mean of all until it.
  private func soFar(_ own: SymbolicTensor) -> SymbolicTensor {
    guard let rate else { return own }
    guard form == .stream else { return own.applying(Operations.CumulativeSum(axis: 2)) * rate }
    return own.builder.scoped("cgap") {
      // A mean keeps its size however long the stream is, unlike a sum. Differences have no form in bytes, whose steps are
      // larger than what a frame changes.
      let past = own.builder.state("mean", shape: own.shape, initial: 0)
      let mean = past - (past - own) * rate
      own.builder.update(past, to: mean)
      return mean
    }
  }
}
