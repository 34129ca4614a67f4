/// The rotation and mirroring with which a stored picture is shown: one of the eight symmetries of a rectangle.
struct Orientation: Equatable {
  /// Whether width and height are swapped.
  let swapsSides: Bool
  /// Whether shown columns run against the stored direction.
  let isReversedAcross: Bool
  /// Whether shown rows run against the stored direction.
  let isReversedDown: Bool

  static let identity = Orientation(swapsSides: false, isReversedAcross: false, isReversedDown: false)

  init(swapsSides: Bool, isReversedAcross: Bool, isReversedDown: Bool) {
    self.swapsSides = swapsSides
    self.isReversedAcross = isReversedAcross
    self.isReversedDown = isReversedDown
  }

  /// Creates the nearest of the eight to a 3×3 display matrix (ISO/IEC 14496-12, 8.3.2.3): a stored point (p, q) is
  /// shown at (a·p + c·q, b·p + d·q), with a, b at 0, 1 and c, d at 3, 4.
  init(displayMatrix matrix: UnsafePointer<Int32>?) {
    guard let matrix else {
      self = .identity
      return
    }
    let (a, b, c, d) = (matrix[0], matrix[1], matrix[3], matrix[4])
    if UInt64(a.magnitude) + UInt64(d.magnitude) >= UInt64(b.magnitude) + UInt64(c.magnitude) {
      self.init(swapsSides: false, isReversedAcross: a < 0, isReversedDown: d < 0)
    } else {
      self.init(swapsSides: true, isReversedAcross: c < 0, isReversedDown: b < 0)
    }
  }

  /// The clockwise rotation in degrees; that of a mirrored picture is the rotation without the mirror.
  var degrees: Int {
    switch (swapsSides, isReversedAcross, isReversedDown) {
    case (false, _, let down): down ? 180 : 0
    case (true, let across, _): across ? 90 : 270
    }
  }

  /// Copies a stored RGB picture to packed RGB as it is shown.
  ///
  /// - Parameters:
  ///   - source: `height` rows of `width` pixels, `stride` bytes apart.
  ///   - target: Memory for `width * height * 3` bytes.
  func copy(
    from source: UnsafePointer<UInt8>, width: Int, height: Int, stride: Int, to target: UnsafeMutablePointer<UInt8>
  ) {
    if self == .identity {
      for row in 0..<height {
        (target + row * width * 3).update(from: source + row * stride, count: width * 3)
      }
      return
    }
    let columns = swapsSides ? height : width
    let rows = swapsSides ? width : height
    // The bytes in the stored picture from one shown pixel to the next, across and down.
    let across = (swapsSides ? stride : 3) * (isReversedAcross ? -1 : 1)
    let down = (swapsSides ? 3 : stride) * (isReversedDown ? -1 : 1)
    let origin = (isReversedAcross ? -across * (columns - 1) : 0) + (isReversedDown ? -down * (rows - 1) : 0)
    var output = target
    for row in 0..<rows {
      var input = source + (origin + row * down)
      for _ in 0..<columns {
        output[0] = input[0]
        output[1] = input[1]
        output[2] = input[2]
        output += 3
        input += across
      }
    }
  }
}
