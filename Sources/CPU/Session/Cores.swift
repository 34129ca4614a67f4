import CKernels

#if canImport(Darwin)
  import Darwin
#endif

/// Cores of this processor, as a number of threads: one for each.
///
///     let session = try Session(plan, threads: .performanceCores)
public struct Cores: Sendable {
  /// All cores that the process may run on.
  public static let allCores = Cores(count: Int(va_cpu_count()), numbers: [])

  /// The fast cores, without those that are made to save energy; all if they are of one kind.
  ///
  /// Linux and Android tell each core's capacity, or its highest frequency. Apple's systems tell the number of fast cores,
  /// and choose by the quality of service, which a session's threads have from the thread that makes it.
  public static let performanceCores = findPerformanceCores()

  /// The number of cores, 1 or more.
  public let count: Int
  /// The numbers of the cores by which the system knows them, and to which threads are kept; empty for no preference.
  let numbers: [Int]

  private static func findPerformanceCores() -> Cores {
    #if canImport(Darwin)
      var count: Int32 = 0
      var size = MemoryLayout<Int32>.size
      guard sysctlbyname("hw.perflevel0.logicalcpu", &count, &size, nil, 0) == 0, count > 0 else { return allCores }
      return Cores(count: Int(count), numbers: [])
    #else
      let allowed = (0..<1024).filter { va_cpu_is_allowed(Int32($0)) }
      let numbers = CoreSpeeds(folder: "/sys/devices/system/cpu", numbers: allowed).fastCores
      return numbers.isEmpty ? allCores : Cores(count: numbers.count, numbers: numbers)
    #endif
  }
}

extension Session {
  /// Creates a session with a thread for each of some cores.
  ///
  /// The threads that it starts are kept to these cores, where the system allows that. The caller's thread is left as it is.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - cores: The cores.
  ///   - limit: How many threads may work at the same time.
  /// - Throws: ``RuntimeError`` if memory runs out or the system refuses to start a thread.
  public convenience init(_ plan: Plan, threads cores: Cores, limit: ThreadLimit = .shared) throws(RuntimeError) {
    try self.init(
      plan, threads: min(cores.count, Self.threadCounts.upperBound), limit: limit, keptTo: cores.numbers)
  }
}
