import IR
import Tensors

extension ONNXImportedNode {
  /// Adds a resize of the axes that change.
  func resized() throws -> ONNXValue {
    let rank = try rank()
    // Upsample and the first Resize had the factors where the region of interest is now.
    let isOld = operatorSet < 11
    let axes = try integers("axes").map { try $0.map { try Self.axis($0, rank: rank) } } ?? Array(0..<rank)
    let factors = try isOld ? floats("scales") ?? numbers(1, "scales") : numbers(2, "scales")
    let sizes = try isOld ? nil : integers(3, "sizes")
    let mode = try mode()
    let coordinates = try coordinates(isOld: isOld)
    let rounding = try rounding(isOld: isOld)
    func resize(_ axes: [Int], lengths: [Int]?, factors: [Float]?) throws -> ONNXValue {
      guard !axes.isEmpty else { return try input(0) }
      return try add(
        Operations.Resize(
          axes: axes, lengths: lengths, factors: factors, mode: mode, coordinates: coordinates, rounding: rounding,
          cubicCoefficient: float("cubic_coeff_a", default: -0.75),
          excludesOutside: flag("exclude_outside", default: false), antialiases: flag("antialias", default: false)),
        input(0))
    }
    if let sizes, !sizes.isEmpty, let factor = try commonFactor(axes, sizes) {
      return try resize(axes, lengths: nil, factors: axes.map { _ in factor })
    }
    if let sizes, !sizes.isEmpty {
      guard sizes.count == axes.count else { throw ONNXRefusal("its sizes \(sizes) do not fit \(axes.count) axes") }
      let shape = try type(0).shape
      let changing = axes.indices.filter { shape[axes[$0]].value != sizes[$0] }
      return try resize(changing.map { axes[$0] }, lengths: changing.map { sizes[$0] }, factors: nil)
    }
    guard let factors, factors.count == axes.count else {
      throw ONNXRefusal("it has neither sizes nor scales for its axes")
    }
    let changing = axes.indices.filter { factors[$0] != 1 }
    return try resize(changing.map { axes[$0] }, lengths: nil, factors: changing.map { factors[$0] })
  }

  /// Returns the factor of all axes that keeps the shape of an image within the sizes, or at least as large; nil if it
  /// is stretched.
  private func commonFactor(_ axes: [Int], _ sizes: [Int]) throws -> Float? {
    let policy = string("keep_aspect_ratio_policy", default: "stretch")
    if policy == "stretch" { return nil }
    let lengths = try axes.compactMap { try type(0).shape[$0].value }
    guard lengths.count == sizes.count, lengths.allSatisfy({ $0 > 0 }) else {
      throw ONNXRefusal("its keep_aspect_ratio_policy needs lengths that are known: give the inputs' shapes")
    }
    let factors = zip(sizes, lengths).map { Float($0) / Float($1) }
    switch policy {
    case "not_larger": return factors.min()
    case "not_smaller": return factors.max()
    default: throw ONNXRefusal("its keep_aspect_ratio_policy '\(policy.printable)' is not known")
    }
  }

  private func numbers(_ index: Int, _ name: String) throws(ONNXRefusal) -> [Float]? {
    guard let tensor = try tensor(index, name), tensor.count > 0 else { return nil }
    return tensor.converted(to: .float32).elements(as: Float.self)
  }

  private func mode() throws(ONNXRefusal) -> Operations.Resize.Mode {
    switch string("mode", default: "nearest") {
    case "nearest": .nearest
    case "linear", "bilinear", "trilinear": .linear
    case "cubic": .cubic
    case let name: throw ONNXRefusal("its mode '\(name.printable)' is not supported")
    }
  }

  private func coordinates(isOld: Bool) throws(ONNXRefusal) -> Operations.Resize.Coordinates {
    switch string("coordinate_transformation_mode", default: isOld ? "asymmetric" : "half_pixel") {
    case "half_pixel": .halfPixel
    case "half_pixel_symmetric": .halfPixelSymmetric
    case "pytorch_half_pixel": .pytorchHalfPixel
    case "align_corners": .alignCorners
    case "asymmetric": .asymmetric
    case let name: throw ONNXRefusal("its coordinate_transformation_mode '\(name.printable)' is not supported")
    }
  }

  private func rounding(isOld: Bool) throws(ONNXRefusal) -> Operations.Resize.Rounding {
    switch string("nearest_mode", default: isOld ? "floor" : "round_prefer_floor") {
    case "round_prefer_floor": .preferFloor
    case "round_prefer_ceil": .preferCeil
    case "floor": .floor
    case "ceil": .ceil
    case let name: throw ONNXRefusal("its nearest_mode '\(name.printable)' is not known")
    }
  }
}
