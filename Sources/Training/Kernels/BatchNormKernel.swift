import CKernels
import CPU
import IR

/// Batch normalization by the batch's own statistics, forward and backward, followed by an optional residual and
/// activation.
///
/// `y = activation((x − mean) / √(variance + ε) · scale + shift + residual)` (Ioffe and Szegedy 2015, algorithm 1).
/// Every function works on a run of pixels of ``/CPU/KernelSet/padded(_:)`` floats, those of all clips; elements past
/// the last channel are unspecified. Sums over pixels are made in parts, one for each thread, to which runs are added,
/// best while they are in a near cache; parts are combined in order.
///
/// Forward: ``addMoments(x:count:adds:part:)``, ``statistics(parts:stride:count:mean:variance:)``,
/// ``prepare(scale:shift:mean:variance:factors:)``, ``normalize(x:residual:factors:y:count:)``. Backward, with the same factors:
/// ``addSums(x:dy:y:g:factors:count:adds:part:)``, ``gradients(parts:stride:count:positions:factors:scale:shift:)``,
/// ``gradient(x:dy:factors:dx:count:)``. The activation's argument is recomputed from x.
public struct BatchNormKernel: Sendable {
  private let kernels: TrainingKernels
  private let channels: Int
  private let epsilon: Float
  private let activation: ActivationFunction?
  private let hasResidual: Bool

  /// Prepares the kernel for a layer.
  ///
  /// - Parameters:
  ///   - kernels: The instruction set to compute with, in float32.
  ///   - channels: The number of channels.
  ///   - epsilon: The number that is added to the variance.
  ///   - activation: The function that is applied last; after a residual only ReLU or nil.
  ///   - hasResidual: Whether a value is added before the activation.
  public init(
    kernels: KernelSet, channels: Int, epsilon: Float, activation: ActivationFunction? = nil, hasResidual: Bool = false
  ) {
    precondition(!hasResidual || activation == nil || activation == .relu, "no such activation after a residual")
    self.kernels = TrainingKernels(kernels)
    self.channels = channels
    self.epsilon = epsilon
    self.activation = activation
    self.hasResidual = hasResidual
  }

  /// The profile name of the kernel that computes moments.
  public var momentsName: String { kernels.name("moments") }
  /// The profile name of the kernel that normalizes.
  public var normalizeName: String { kernels.name("normalize") }
  /// The profile name of the kernel that computes the gradient's sums.
  public var sumsName: String { kernels.name("norm_sums") }
  /// The profile name of the kernel that computes x's gradient.
  public var gradientName: String { kernels.name("norm_gradient") }

  /// The number of doubles in a part.
  public var partCount: Int { 3 * pixel + 1 }
  /// The number of floats in the factors.
  public var factorCount: Int { 7 * pixel }

  private var pixel: Int { kernels.padded(channels) }
  private var vectors: Int { pixel / kernels.width }

  /// Adds the moments of a run of pixels to a part.
  ///
  /// - Parameters:
  ///   - x: The first pixel.
  ///   - count: The number of pixels.
  ///   - adds: Whether the part already holds other runs.
  ///   - part: Memory for ``partCount`` doubles.
  public func addMoments(
    x: UnsafePointer<Float>, count: Int, adds: Bool = false, part: UnsafeMutablePointer<Double>
  ) {
    if !adds { part.update(repeating: 0, count: partCount) }
    var task = va_train_moments(x: x, count: count, vectors: vectors, moments: part)
    kernels.table.pointee.moments(&task)
  }

  /// Combines the statistics of all parts.
  ///
  /// - Parameters:
  ///   - parts: The first part.
  ///   - stride: The number of doubles from one part to the next; nil if they are adjacent.
  ///   - count: The number of parts.
  ///   - mean: Memory for the mean, `[channels]`.
  ///   - variance: Memory for the biased variance, `[channels]`.
  public func statistics(
    parts: UnsafePointer<Double>, stride: Int? = nil, count: Int, mean: UnsafeMutablePointer<Float>,
    variance: UnsafeMutablePointer<Float>
  ) {
    for channel in 0..<channels {
      let (positions, average, squares) = moments(of: channel, parts: parts, stride: stride, count: count)
      mean[channel] = Float(average)
      variance[channel] = Float(max(squares, 0) / max(positions, 1))
    }
  }

  /// Returns the number of positions of all parts, and a channel's mean and sum of squared distances from it.
  private func moments(
    of channel: Int, parts: UnsafePointer<Double>, stride: Int?, count: Int
  ) -> (positions: Double, average: Double, squares: Double) {
    // Chan et al. 1979.
    var (positions, average, squares) = (0.0, 0.0, 0.0)
    for index in 0..<count {
      let part = parts + index * (stride ?? partCount)
      let own = part[3 * pixel]
      guard own > 0 else { continue }
      let sum = part[pixel + channel]
      let distance = part[channel] + sum / own - average
      squares += part[2 * pixel + channel] - sum * sum / own
      squares += distance * distance * positions * own / (positions + own)
      positions += own
      average += distance * own / positions
    }
    return (positions, average, squares)
  }

  /// Computes the factors that the other functions take.
  ///
  /// - Parameters:
  ///   - scale: The layer's scale, `[channels]`.
  ///   - shift: The layer's shift, `[channels]`.
  ///   - mean: The mean of each channel, `[channels]`.
  ///   - variance: The biased variance of each channel, `[channels]`.
  ///   - factors: Memory for ``factorCount`` floats.
  public func prepare(
    scale: UnsafePointer<Float>, shift: UnsafePointer<Float>, mean: UnsafePointer<Float>,
    variance: UnsafePointer<Float>, factors: UnsafeMutablePointer<Float>
  ) {
    factors.update(repeating: 0, count: factorCount)
    for channel in 0..<channels {
      factors[channel] = mean[channel]
      factors[pixel + channel] = Float(1 / (Double(variance[channel]) + Double(epsilon)).squareRoot())
      factors[2 * pixel + channel] = scale[channel]
      factors[3 * pixel + channel] = shift[channel]
    }
  }

  /// Normalizes a run of pixels; the output may be the memory of x or of the residual.
  public func normalize(
    x: UnsafePointer<Float>, residual: UnsafePointer<Float>? = nil, factors: UnsafePointer<Float>,
    y: UnsafeMutablePointer<Float>, count: Int
  ) {
    var task = va_train_normalization(
      x: x, residual: residual, y: y, count: count, vectors: vectors, factors: factors, activation: activation.code,
      streams: kernels.streams(floats: count * pixel))
    kernels.table.pointee.normalize(&task)
  }

  /// Adds a run of pixels to a part of the sums that the gradients need.
  ///
  /// - Parameters:
  ///   - x: The layer's input.
  ///   - dy: The gradient of y.
  ///   - y: The result, with ReLU after a residual; otherwise nil.
  ///   - g: With ReLU after a residual, memory for the gradient of ReLU's argument, which is also the residual's
  ///     gradient, and takes the place of `dy` in ``gradient(x:dy:factors:dx:count:)``; may be dy's memory. Otherwise
  ///     nil.
  ///   - factors: What ``prepare(scale:shift:mean:variance:factors:)`` computed.
  ///   - count: The number of pixels.
  ///   - adds: Whether the part already holds other runs.
  ///   - part: Memory for ``partCount`` doubles.
  public func addSums(
    x: UnsafePointer<Float>, dy: UnsafePointer<Float>, y: UnsafePointer<Float>? = nil,
    g: UnsafeMutablePointer<Float>? = nil, factors: UnsafePointer<Float>, count: Int, adds: Bool = false,
    part: UnsafeMutablePointer<Double>
  ) {
    if !adds { part.update(repeating: 0, count: partCount) }
    precondition((y == nil) == (g == nil) && (y == nil) == !(hasResidual && activation == .relu), "wrong operands")
    var task = va_train_norm_sums(
      x: x, dy: dy, y: y, g: g, count: count, vectors: vectors, factors: factors, activation: activation.code,
      sums: part)
    kernels.table.pointee.norm_sums(&task)
  }

  /// Computes the gradients of scale and shift, and the factors for the gradient of x.
  ///
  /// - Parameters:
  ///   - parts: The first part.
  ///   - stride: The number of doubles from one part to the next; nil if they are adjacent.
  ///   - count: The number of parts.
  ///   - positions: The number of pixels in all parts; nil if mean and variance are constants that do not depend on x.
  ///   - factors: What ``prepare(scale:shift:mean:variance:factors:)`` computed, which is completed.
  ///   - scale: Memory for the gradient of scale, `[channels]`.
  ///   - shift: Memory for the gradient of shift, `[channels]`.
  public func gradients(
    parts: UnsafePointer<Double>, stride: Int? = nil, count: Int, positions: Int?, factors: UnsafeMutablePointer<Float>,
    scale: UnsafeMutablePointer<Float>, shift: UnsafeMutablePointer<Float>
  ) {
    let share = positions.map { 1 / Double(max($0, 1)) } ?? 0
    for channel in 0..<channels {
      let (sum, product) = sums(of: channel, parts: parts, stride: stride, count: count)
      shift[channel] = Float(sum)
      scale[channel] = Float(product)
      complete(factors, channel, meanGradient: sum * share, meanProduct: product * share)
    }
  }

  /// Returns the sums of all parts: of a channel's gradients, and of these times the normalized numbers.
  private func sums(
    of channel: Int, parts: UnsafePointer<Double>, stride: Int?, count: Int
  ) -> (sum: Double, product: Double) {
    var (sum, product) = (0.0, 0.0)
    for index in 0..<count {
      sum += parts[index * (stride ?? partCount) + channel]
      product += parts[index * (stride ?? partCount) + pixel + channel]
    }
    return (sum, product)
  }

  private func complete(
    _ factors: UnsafeMutablePointer<Float>, _ channel: Int, meanGradient: Double, meanProduct: Double
  ) {
    factors[4 * pixel + channel] = Float(meanGradient)
    factors[5 * pixel + channel] = Float(meanProduct)
    factors[6 * pixel + channel] = factors[2 * pixel + channel] * factors[pixel + channel]
  }

  /// Computes the gradient of x for a run of pixels; dx may be the memory of x or of dy.
  public func gradient(
    x: UnsafePointer<Float>, dy: UnsafePointer<Float>, factors: UnsafePointer<Float>,
    dx: UnsafeMutablePointer<Float>, count: Int
  ) {
    var task = va_train_norm_gradient(
      x: x, dy: dy, dx: dx, count: count, vectors: vectors, factors: factors,
      activation: (hasResidual ? nil : activation).code,
      // In place, results are written to lines that are in the caches already.
      streams: dx == dy ? 0 : kernels.streams(floats: count * pixel))
    kernels.table.pointee.norm_gradient(&task)
  }

  // MARK: - Batches that several ranks share

  /// The number of doubles that ranks add up: the number of positions, and two numbers for each channel.
  var sharedCount: Int { 1 + 2 * channels }

  /// Writes what ranks add up for the statistics of the whole batch: of each channel the sum and the sum of squares.
  func sharedMoments(parts: UnsafePointer<Double>, stride: Int, count: Int, to sums: UnsafeMutablePointer<Double>) {
    for channel in 0..<channels {
      let (positions, average, squares) = moments(of: channel, parts: parts, stride: stride, count: count)
      sums[0] = positions
      sums[1 + channel] = positions * average
      sums[1 + channels + channel] = squares + positions * average * average
    }
  }

  /// Computes the statistics of the whole batch from what the ranks have added up.
  func statistics(
    shared sums: UnsafePointer<Double>, mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>
  ) {
    let positions = max(sums[0], 1)
    for channel in 0..<channels {
      let average = sums[1 + channel] / positions
      mean[channel] = Float(average)
      variance[channel] = Float(max(sums[1 + channels + channel] / positions - average * average, 0))
    }
  }

  /// Computes this rank's part of the gradients of scale and shift, and writes what ranks add up for that of x.
  func sharedGradients(
    parts: UnsafePointer<Double>, stride: Int, count: Int, positions: Int, scale: UnsafeMutablePointer<Float>,
    shift: UnsafeMutablePointer<Float>, to sums: UnsafeMutablePointer<Double>
  ) {
    sums[0] = Double(positions)
    for channel in 0..<channels {
      let (sum, product) = self.sums(of: channel, parts: parts, stride: stride, count: count)
      (shift[channel], scale[channel]) = (Float(sum), Float(product))
      (sums[1 + channel], sums[1 + channels + channel]) = (sum, product)
    }
  }

  /// Completes the factors for the gradient of x by what the ranks have added up.
  func complete(_ factors: UnsafeMutablePointer<Float>, shared sums: UnsafePointer<Double>) {
    let share = 1 / max(sums[0], 1)
    for channel in 0..<channels {
      complete(
        factors, channel, meanGradient: sums[1 + channel] * share, meanProduct: sums[1 + channels + channel] * share)
    }
  }
}
