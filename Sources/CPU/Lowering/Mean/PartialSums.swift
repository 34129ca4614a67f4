/// Sums of each channel over parts of an image, from which means are computed.
///
/// The parts follow from the shape alone, so that a mean is the same to the last bit for any number of threads.
struct PartialSums {
  /// More than most phones have cores; parts beyond would only cost additions.
  private static let mostParts = 32

  /// The location of the sums, `[images, partCount, count]`.
  let place: Location
  /// The number of sums in a part: one pixel.
  let count: Int
  /// The number of rows or pixels in an image, which the parts divide.
  let unitCount: Int

  /// The number of parts of an image.
  var partCount: Int { Self.partCount(unitCount) }

  fileprivate static func partCount(_ units: Int) -> Int { min(units, mostParts) }

  /// Returns the units of a part.
  func units(of part: Int) -> Range<Int> { unitCount * part / partCount..<unitCount * (part + 1) / partCount }

  /// Returns the part that a unit belongs to.
  func part(of unit: Int) -> Int { ((unit + 1) * partCount - 1) / unitCount }

  /// Returns the parts of some units, which are whole parts.
  func parts(of units: Range<Int>) -> Range<Int> {
    units.isEmpty ? 0..<0 : part(of: units.lowerBound)..<part(of: units.upperBound - 1) + 1
  }

  /// Returns the sums of a part of an image.
  func part<Sum>(
    _ part: Int, of image: Int, _ memory: WorkerMemory, as type: Sum.Type
  ) -> UnsafeMutablePointer<Sum> {
    memory.write(place).assumingMemoryBound(to: type) + (image * partCount + part) * count
  }

  /// Sets some sums of a part to zero.
  func clear<Sum>(_ part: UnsafeMutablePointer<Sum>, _ range: Range<Int>) {
    UnsafeMutableRawPointer(part + range.lowerBound).initializeMemory(
      as: UInt8.self, repeating: 0, count: range.count * MemoryLayout<Sum>.stride)
  }
}

extension PlanBuilder {
  /// Returns a new place for sums.
  ///
  /// - Parameters:
  ///   - type: The type of a sum.
  ///   - count: The number of sums in a part: one pixel.
  ///   - units: The number of rows or pixels in an image, which the parts divide.
  ///   - images: The number of images.
  func newSums<Sum>(of type: Sum.Type, count: Int, units: Int, images: Int) -> PartialSums {
    let place = newPlace(byteCount: images * PartialSums.partCount(units) * count * MemoryLayout<Sum>.stride)
    return PartialSums(place: place, count: count, unitCount: units)
  }
}
