import CPU

extension ProfileReport {
  /// What a row of a table stands for.
  public enum Grouping: String, Sendable, CaseIterable {
    /// A step of the plan: an operation, or several fused ones.
    case operation
    /// The layers of one block of the network.
    case block
    /// The steps that use one kernel.
    case kernel
  }

  /// The bottleneck of a step by the roofline model (Williams, Waterman and Patterson 2009).
  public enum Bound: String, Sendable {
    /// Arithmetic, at its number of operations per byte.
    case compute
    /// Memory bandwidth.
    case memory
  }

  /// A step, or the sum of several steps.
  public struct Line: Sendable {
    /// The layer's path, the block's path, or the kernel's name.
    public let name: String
    /// The steps, as indices in the profile's rows.
    public let steps: [Int]
    /// The kind of work: the kernel's name without number format, tile and instruction set.
    public let kind: String
    /// The time in milliseconds: the sum of `Profile.Row.milliseconds`.
    public let milliseconds: Double
    /// The share of the time of all steps, 0...1.
    public let share: Double
    /// The floating-point operations of a run.
    public let flops: Int
    /// The bytes of values and weights that a run reads and writes.
    public let bytes: Int
    let roofs: Roofs

    /// The floating-point operations per second.
    public var flopsPerSecond: Double { Double(flops) / max(milliseconds / 1000, 1e-12) }
    /// The share of the processor's peak rate.
    public var peakFraction: Double { flopsPerSecond / roofs.flops }
    /// The bytes per second.
    public var bytesPerSecond: Double { Double(bytes) / max(milliseconds / 1000, 1e-12) }
    /// The share of the memory bandwidth; above 1 if values come from caches.
    public var bandwidthFraction: Double { bytesPerSecond / roofs.memoryBandwidth }
    /// The floating-point operations per byte.
    public var intensity: Double { Double(flops) / Double(max(bytes, 1)) }
    /// The bottleneck.
    public var bound: Bound { intensity < roofs.flops / roofs.memoryBandwidth ? .memory : .compute }
    /// The share of the rate that the roofline allows, 0...1.
    var roofFraction: Double { min(1, max(peakFraction, bandwidthFraction)) }
  }

  /// Returns the rows of a table: steps in the order of execution, groups by their first step.
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

  /// Returns the kernel's name without number format, tile and instruction set: `pointwise+depthwise`.
  func kind(of record: StepRecord) -> String {
    record.kernel.split(separator: "+").map { kernel in
      var words = kernel.split(separator: "_")
      // Not every number format has its own kernels for each instruction set.
      let isas = ISA.allCases.map { $0.rawValue.split(separator: "_") }
        .filter { words.suffix($0.count).elementsEqual($0) }
      words.removeLast(isas.map(\.count).max() ?? 0)
      if words.count > 1, words[0].isLetterAndNumber { words.removeFirst() }
      if words.count > 1, words[words.count - 1].isLetterAndNumber { words.removeLast() }
      return words.joined(separator: "_")
    }.joined(separator: "+")
  }

  /// Returns the path of a layer's block: `blocks.2.res_blocks.1` of `blocks.2.res_blocks.1.branch2.conv_a`,
  /// `s3.pathway0_res1` of `s3.pathway0_res1.layers.0`.
  ///
  /// Blocks are numbered, in separate names (`blocks.2`) or in the names themselves (`s3`); the path ends where the
  /// numbers do.
  static func block(of path: String) -> String { numberedPrefix(of: path).joined(separator: ".") }

  /// Returns the path of the stage: the block's first number.
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
  /// Whether it is a letter and a number, as in `f32`, `n4` and `k3`.
  fileprivate var isLetterAndNumber: Bool {
    count > 1 && first?.isLetter == true && dropFirst().allSatisfy(\.isNumber)
  }
}
