import Tensors

extension Operations {
  /// Some axes of a value resampled to other lengths, such as the height and width of an image.
  ///
  /// Input: x of any shape, of floating-point numbers, or of any element type for the nearest elements. Result: x with
  /// other lengths.
  public struct Resize: Operation {
    /// `resize`.
    public static let name = "resize"
    /// The axes.
    public var axes: [Int]
    /// The length of each of the axes in the result; nil if factors are given.
    public var lengths: [Int]?
    /// The factor by which each of the axes gets longer, rounded down; nil if lengths are given.
    public var factors: [Float]?
    /// How elements are computed from their neighbours.
    public var mode: Mode
    /// Where the result's elements are among x's.
    public var coordinates: Coordinates
    /// Which element is the nearest one, for that mode.
    public var rounding: Rounding
    /// The a of the cubic polynomial (Keys 1981), for that mode.
    public var cubicCoefficient: Float
    /// Whether neighbours outside of x are left out, instead of being equal to the edge.
    public var excludesOutside: Bool
    /// Whether an axis that gets shorter is smoothed: each element is computed from as many as it stands for.
    public var antialiases: Bool

    /// How elements are computed from their neighbours.
    public enum Mode: String, Sendable, Codable, CaseIterable {
      /// The nearest element.
      case nearest
      /// Two neighbours along each axis.
      case linear
      /// Four neighbours along each axis.
      case cubic
    }

    /// Where an element of the result is among x's; f is the factor, L and l the lengths in x and in the result.
    public enum Coordinates: String, Sendable, Codable, CaseIterable {
      /// (i + ½) / f − ½: pixels are areas.
      case halfPixel = "half_pixel"
      /// As `halfPixel`, from the middle of x where the length is not exactly the factor times L.
      case halfPixelSymmetric = "half_pixel_symmetric"
      /// As `halfPixel`, and 0 if l is 1.
      case pytorchHalfPixel = "pytorch_half_pixel"
      /// i · (L − 1) / (l − 1): the corners are equal.
      case alignCorners = "align_corners"
      /// i / f.
      case asymmetric
    }

    /// Which of two elements is the nearest one.
    public enum Rounding: String, Sendable, Codable, CaseIterable {
      /// The nearest; of two at the same distance, the first one.
      case preferFloor = "prefer_floor"
      /// The nearest; of two at the same distance, the second one.
      case preferCeil = "prefer_ceil"
      /// The one before.
      case floor
      /// The one after.
      case ceil
    }

    /// Creates a resampling to given lengths.
    ///
    /// - Parameters:
    ///   - axes: The axes.
    ///   - lengths: The length of each of them in the result; nil if factors are given.
    ///   - factors: The factor by which each of them gets longer; nil if lengths are given.
    ///   - mode: How elements are computed from their neighbours.
    ///   - coordinates: Where the result's elements are among x's.
    ///   - rounding: Which element is the nearest one.
    ///   - cubicCoefficient: The a of the cubic polynomial.
    ///   - excludesOutside: Whether neighbours outside of x are left out.
    ///   - antialiases: Whether an axis that gets shorter is smoothed.
    public init(
      axes: [Int], lengths: [Int]? = nil, factors: [Float]? = nil, mode: Mode, coordinates: Coordinates = .halfPixel,
      rounding: Rounding = .preferFloor, cubicCoefficient: Float = -0.75, excludesOutside: Bool = false,
      antialiases: Bool = false
    ) {
      self.axes = axes
      self.lengths = lengths
      self.factors = factors
      self.mode = mode
      self.coordinates = coordinates
      self.rounding = rounding
      self.cubicCoefficient = cubicCoefficient
      self.excludesOutside = excludesOutside
      self.antialiases = antialiases
    }

    /// Returns x's type with the other lengths.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: mode == .nearest ? .any : .floats)
      try inputs[0].requireAxes(axes)
      guard (lengths?.count ?? axes.count) == axes.count, (factors?.count ?? axes.count) == axes.count,
        (lengths == nil) != (factors == nil)
      else { throw ShapeError("there must be either a length or a factor for each axis") }
      guard (lengths ?? []).allSatisfy({ (1...1 << 32).contains($0) }),
        (factors ?? []).allSatisfy({ $0 > 0 && $0 <= Float(1 << 20) })
      else { throw ShapeError("lengths and factors must be above 0") }
      var result = inputs[0]
      for (index, axis) in axes.enumerated() {
        if result.shape[axis].value == 0 { throw ShapeError("axis \(axis) is empty") }
        result.shape[axis] = length(index, of: result.shape[axis])
        if result.shape[axis].value == 0 { throw ShapeError("the factor leaves nothing of axis \(axis)") }
      }
      return [result]
    }

    private func length(_ index: Int, of length: Dimension) -> Dimension {
      if let lengths { return .fixed(lengths[index]) }
      let factor = factors?[index] ?? 1
      if let value = length.value { return .fixed(Int((Float(value) * factor).rounded(.down))) }
      if factor == factor.rounded() { return length * .fixed(Int(factor)) }
      return .expression("\(length)*\(factor)")
    }

    /// Clips are independent, unless the batch is resampled.
    public var facts: OperationFacts {
      OperationFacts(reach: axes.contains(0) ? .batch : .clip, cost: .uncounted, integers: .none)
    }

    /// Returns the resampled elements, one axis after the other, in double precision.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let resamplings = axes.enumerated().map { index, axis in
        let from = inputs[0].shape[axis]
        let to = length(index, of: .fixed(from)).value ?? from
        return (axis, (0..<to).map { taps(of: $0, from: from, to: to, factor: factors?[index]) })
      }
      if mode == .nearest {
        return [resamplings.reduce(inputs[0]) { Reference.take($0, axis: $1.0, $1.1.map { $0[0].index }) }]
      }
      let wide = inputs[0].converted(to: .float64)
      return [
        resamplings.reduce(wide) { Reference.weightedSums($0, axis: $1.0, $1.1) }.converted(to: inputs[0].elementType)
      ]
    }
  }
}
