#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// How fast the cores of a processor are, as Linux tells in a folder for each.
struct CoreSpeeds {
  /// The numbers of cores that are not slow ones; empty if they are all alike, or nothing is known of them.
  let fastCores: [Int]

  /// Reads the speeds.
  ///
  /// - Parameters:
  ///   - folder: The folder that has a folder `cpu0`, `cpu1`, … for each core.
  ///   - numbers: The cores that the process may run on.
  init(folder: String, numbers: [Int]) {
    // The capacity counts work per cycle, too, so cores for little energy have less than half of the highest. By
    // frequencies alone they are nearer to the others.
    for (file, least) in [("cpu_capacity", 0.5), ("cpufreq/cpuinfo_max_freq", 0.75)] {
      let speeds = numbers.compactMap { Self.number(in: "\(folder)/cpu\($0)/\(file)") }
      guard speeds.count == numbers.count, let most = speeds.max() else { continue }
      let fast = zip(numbers, speeds).filter { Double($1) >= least * Double(most) }.map(\.0)
      fastCores = fast.count < numbers.count ? fast : []
      return
    }
    fastCores = []
  }

  /// Returns the number that a file begins with; nil if it cannot be read.
  private static func number(in path: String) -> Int? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var text = [CChar](repeating: 0, count: 32)
    guard fgets(&text, Int32(text.count), file) != nil else { return nil }
    return Int(String(decoding: text.prefix { $0 > 32 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }
}
