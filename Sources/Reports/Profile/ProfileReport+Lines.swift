import CPU

extension ProfileReport {
  /// What a line of a table stands for.
  public enum Grouping: String, Sendable, CaseIterable {
    /// A step of the plan: an operation, or some that are done together.
    case operation
    /// The layers of one block of the network.
    case block
    /// The steps that one kernel does.
    case kernel
  }

  /// What keeps a step from being faster, by the roofline model (Williams, Waterman and Patterson 2009).
  public enum Bound: String, Sendable {
    /// At its number of operations per byte, the arithmetic.
    case compute
    /// The way of its values from and to memory.
    case memory
  }

  /// A step, or several of them added up.
  public struct Line: Sendable {
    /// The layer's path, the block's path, or the kernel's name.
    public let name: String
    /// The steps, as indices in the profile's rows.
    public let steps: [Int]
    /// What kind of work it is: the kernel's name without number format, tile and instruction set.
    public let kind: String
    /// The time: `Profile.Row.milliseconds`, added up.
    public let milliseconds: Double
    /// The part of all steps' time.
    public let share: Double
    /// Floating-point operations of a run.
    public let flops: Int
    /// Bytes of values and weights that a run moves.
    public let bytes: Int
    let roofs: Roofs

    /// Floating-point operations per second.
    public var flopsPerSecond: Double { Double(flops) / max(milliseconds / 1000, 1e-12) }
    /// The part of the processor's peak.
    public var peakFraction: Double { flopsPerSecond / roofs.flops }
    /// Bytes per second.
    public var bytesPerSecond: Double { Double(bytes) / max(milliseconds / 1000, 1e-12) }
    /// The part of the memory's bandwidth; above 1 where values come from caches.
    public var bandwidthFraction: Double { bytesPerSecond / roofs.memoryBandwidth }
    /// Floating-point operations per byte.
    public var intensity: Double { Double(flops) / Double(max(bytes, 1)) }
    /// Which roof is over it.
    public var bound: Bound { intensity < roofs.flops / roofs.memoryBandwidth ? .memory : .compute }
    /// How near it is to the roof over it, 0 to 1.
    var roofFraction: Double { min(1, max(peakFraction, bandwidthFraction)) }
  }

  /// The lines of a table: steps in the order in which they run, groups by their first step.
  public func lines(by grouping: Grouping) -> [Line] {
    let rows = profile.rows
    var order: [String] = []
    var groups: [String: [Int]] = [:]
    for (step, row) in rows.enumerated() {
      let key =
        switch grouping {
        case .operation: "\(step)"
        case .block: Self.block(of: row.record.path)
        case .kernel: row.record.kernel
        }
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(step)
    }
    let total = max(profile.rowsSumMilliseconds, 1e-9)
    return order.map { key in
      let steps = groups[key] ?? []
      let time = steps.reduce(0) { $0 + rows[$1].milliseconds }
      let kinds = Set(steps.map { kind(of: rows[$0].record) })
      return Line(
        name: grouping == .operation ? rows[steps[0]].record.path : key, steps: steps,
        kind: kinds.count == 1 ? kinds.first ?? "" : "", milliseconds: time, share: time / total,
        flops: steps.reduce(0) { $0 + rows[$1].record.flops }, bytes: steps.reduce(0) { $0 + rows[$1].record.bytes },
        roofs: roofs)
    }
  }

  /// The kernel's name without number format, tile and instruction set: `pointwise+depthwise`.
  func kind(of record: StepRecord) -> String {
    record.kernel.split(separator: "+").map { kernel in
      var words = kernel.split(separator: "_")
      // Not each number format has kernels of its own for each instruction set.
      let isas = ISA.allCases.map { $0.rawValue.split(separator: "_") }
        .filter { words.suffix($0.count).elementsEqual($0) }
      words.removeLast(isas.map(\.count).max() ?? 0)
      if words.count > 1, words[0].isLetterAndNumber { words.removeFirst() }
      if words.count > 1, words[words.count - 1].isLetterAndNumber { words.removeLast() }
      return words.joined(separator: "_")
    }.joined(separator: "+")
  }

  /// The path of the block that a layer belongs to: `blocks.2.res_blocks.1` of `blocks.2.res_blocks.1.branch2.conv_a`,
  /// `s3.pathway0_res1` of `s3.pathway0_res1.layers.0`.
  ///
  /// Blocks are numbered, in names of their own (`blocks.2`) or in the names themselves (`s3`); the path ends where the
  /// numbers do.
  static func block(of path: String) -> String { numberedPrefix(of: path).joined(separator: ".") }

  /// The path of the stage: the block's first number.
  static func stage(of path: String) -> String {
    let prefix = numberedPrefix(of: path)
    return prefix.prefix(prefix.first?.endsInDigit == false ? 2 : 1).joined(separator: ".")
  }

  private static func numberedPrefix(of path: String) -> [Substring] {
    let names = path.split(separator: ".")
    guard let first = names.first else { return [] }
    if first.endsInDigit { return Array(names.prefix { $0.endsInDigit }) }
    var count = 0
    while count + 1 < names.count, names[count + 1].allSatisfy(\.isNumber) { count += 2 }
    return Array(names.prefix(max(count, 1)))
  }
}

extension Substring {
  fileprivate var endsInDigit: Bool { last?.isNumber == true }
  /// As in `f32`, `n4` and `k3`.
  fileprivate var isLetterAndNumber: Bool {
    count > 1 && first?.isLetter == true && dropFirst().allSatisfy(\.isNumber)
  }
}
