#if MESSAGE_PASSING_USES_MPI
  import CMPI
  import Foundation
  import Training

  /// The ranks of an MPI job.
  ///
  /// Nothing here waits inside of MPI, which would wait forever for a rank that is cut off: work is begun, and then tested
  /// until it has ended, or ``SignsOfLife`` find that a rank is lost.
  ///
  /// Unchecked, because everything that changes is touched only while `lock` is locked, as are all calls of MPI.
  final class MPIRanks: LaunchedGroup, @unchecked Sendable {
    let place: RankPlace
    private(set) var hosts: [String] = []

    private let lock = NSLock()
    private var group: mpi_group
    /// The sums that were begun.
    private var sums: [mpi_work] = []
    private var signs: SignsOfLife
    private var hasLeft = false
    /// A number of bytes, or of elements, that MPI counts in 32 bits.
    private static let chunk = 1 << 28
    /// How long a process that ends waits for MPI, in seconds.
    private static let endingTime = 5.0

    /// Joins the job.
    init(timeout: Double) throws {
      var (group, rank, count, isSerialized) = (mpi_group(), Int32(0), Int32(0), false)
      try Self.check(mpi_start(&group, &rank, &count, &isSerialized))
      guard isSerialized else {
        throw RankError.communication(reason: "this MPI library cannot be called by several threads")
      }
      self.group = group
      place = RankPlace(rank: Int(rank), of: Int(count))
      signs = SignsOfLife(place: place, timeout: timeout)
      watch(timeout: timeout)
      var text = [CChar](repeating: 0, count: Int(mpi_text_size))
      try lock.withLock { try Self.check(mpi_host(&text)) }
      hosts = try gather(Array(text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })).map {
        String(decoding: $0, as: UTF8.self)
      }
      lock.withLock { signs.hosts = hosts }
    }

    /// Starts the thread that exchanges signs of life, and lets MPI work on the sums while others compute.
    private func watch(timeout: Double) {
      let thread = Thread { [self] in
        while lock.withLock({ !hasLeft }) {
          let isBusy = lock.withLock {
            signs.exchange(&group)
            return !sums.isEmpty
          }
          // Sums go on only while MPI is called.
          Thread.sleep(forTimeInterval: isBusy ? 0.001 : min(0.1, timeout / 20))
        }
      }
      thread.name = "ranks"
      thread.start()
    }

    func sum(_ numbers: UnsafeMutableBufferPointer<Double>) throws {
      guard let start = numbers.baseAddress else { return }
      try finish { mpi_begin_sum_doubles(&group, start, Int32(numbers.count), &$0) }
    }

    func beginSum(_ numbers: UnsafeMutableBufferPointer<Float>) throws {
      guard let start = numbers.baseAddress else { return }
      for first in stride(from: 0, to: numbers.count, by: Self.chunk) {
        try lock.withLock {
          var work = mpi_no_work()
          let count = min(Self.chunk, numbers.count - first)
          try Self.check(mpi_begin_sum_floats(&group, start + first, Int32(count), &work))
          sums.append(work)
        }
      }
    }

    func finishSums() throws {
      while let work = lock.withLock({ sums.first }) {
        try wait(for: work)
        lock.withLock { _ = sums.removeFirst() }
      }
    }

    func broadcast(_ bytes: [UInt8]) throws -> [UInt8] {
      var count = [Double(place.leads ? bytes.count : 0)]
      try count.withUnsafeMutableBufferPointer { try sum($0) }
      var result = place.leads ? bytes : [UInt8](repeating: 0, count: Int(count[0]))
      try result.withUnsafeMutableBufferPointer { result in
        guard let start = result.baseAddress else { return }
        for first in stride(from: 0, to: result.count, by: Self.chunk) {
          let count = min(Self.chunk, result.count - first)
          try finish { mpi_begin_broadcast(&group, start + first, Int32(count), &$0) }
        }
      }
      return result
    }

    func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
      var count = Int32(bytes.count)
      var counts = [Int32](repeating: 0, count: place.count)
      try withUnsafeMutablePointer(to: &count) { count in
        try counts.withUnsafeMutableBufferPointer { counts in
          try finish { mpi_begin_gather_numbers(&group, count, counts.baseAddress, &$0) }
        }
      }
      let places = counts.indices.map { counts[..<$0].reduce(0, +) }
      var all = [UInt8](repeating: 0, count: counts.reduce(0) { $0 + Int($1) } + 1)
      try bytes.withUnsafeBufferPointer { bytes in
        try all.withUnsafeMutableBufferPointer { all in
          try counts.withUnsafeBufferPointer { counts in
            try places.withUnsafeBufferPointer { places in
              try finish {
                mpi_begin_gather_bytes(
                  &group, bytes.baseAddress, Int32(bytes.count), all.baseAddress, counts.baseAddress,
                  places.baseAddress, &$0)
              }
            }
          }
        }
      }
      return zip(places, counts).map { Array(all[Int($0)..<Int($0 + $1)]) }
    }

    func leave() throws {
      _ = try gather([])
      lock.withLock {
        hasLeft = true
        signs.forget()
        Self.endingProcess(status: EXIT_FAILURE) { _ = mpi_end() }
      }
    }

    func abort(status: Int32) -> Never {
      lock.withLock { Self.endingProcess(status: status) { mpi_abort(status) } }
      exit(status)
    }

    /// Ends the process if MPI does not come back from a call, as it waits for a rank that it cannot reach.
    private static func endingProcess(status: Int32, _ call: () -> Void) {
      let hasEnded = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        if hasEnded.wait(timeout: .now() + endingTime) == .timedOut { _exit(status) }
      }
      call()
      hasEnded.signal()
    }

    /// Begins something, and waits until it has ended.
    private func finish(_ begin: (inout mpi_work) -> Int32) throws {
      var work = mpi_no_work()
      try lock.withLock { try Self.check(begin(&work)) }
      try wait(for: work)
    }

    /// Waits until something has ended.
    private func wait(for work: mpi_work) throws {
      var work = work
      var began: ContinuousClock.Instant?
      while true {
        let hasEnded = try lock.withLock {
          if let lost = signs.lost { throw lost }
          var hasEnded = false
          try Self.check(mpi_test(&work, &hasEnded))
          return hasEnded
        }
        if hasEnded { return }
        // Most waits are far shorter than the time for which the core would be given away.
        let start = began ?? .now
        began = start
        let waited = ContinuousClock.now - start
        if waited > .milliseconds(5) { usleep(100) } else if waited > .milliseconds(1) { sched_yield() }
      }
    }

    private static func check(_ code: Int32) throws {
      guard code != mpi_success else { return }
      var text = [CChar](repeating: 0, count: Int(mpi_text_size))
      _ = mpi_sentence(code, &text)
      throw RankError.communication(
        reason: String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
  }
#endif
