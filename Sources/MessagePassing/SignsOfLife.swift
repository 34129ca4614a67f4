#if MESSAGE_PASSING_USES_MPI
  import CMPI
  import Training

  /// Tells which ranks are alive: each sends a byte to each other one again and again. A process that was killed, or a
  /// cable that was pulled, can be told by their absence alone.
  struct SignsOfLife {
    /// The name of each rank's machine.
    var hosts: [String] = []
    /// The first rank that is lost.
    private(set) var lost: RankError?

    private struct Other {
      let rank: Int
      var sent = mpi_no_work()
      var awaited = mpi_no_work()
      /// Whether a sign is awaited: MPI refuses that where it knows that the rank has ended.
      var isAwaited = false
      var lastSeen: ContinuousClock.Instant
    }

    private var others: [Other]
    private let timeout: Duration
    private let interval: Duration
    private var lastSent: ContinuousClock.Instant?
    private var lastExchange: ContinuousClock.Instant
    /// What is sent, and where it is received: nobody looks at it.
    private let byte = UnsafeMutablePointer<UInt8>.allocate(capacity: 2)

    init(place: RankPlace, timeout: Double) {
      let now = ContinuousClock.now
      others = (0..<place.count).filter { $0 != place.rank }.map { Other(rank: $0, lastSeen: now) }
      self.timeout = .seconds(timeout)
      interval = .seconds(min(timeout / 10, 5))
      lastExchange = now
      byte.initialize(repeating: 0, count: 2)
    }

    /// Sends signs of life if it is time for them, receives those of others, and notes who is lost.
    mutating func exchange(_ group: inout mpi_group) {
      let now = ContinuousClock.now
      // A process that was stopped itself knows nothing of others.
      if now - lastExchange > timeout / 2 {
        for index in others.indices { others[index].lastSeen = now }
      }
      lastExchange = now
      let isTime = lastSent.map { now - $0 >= interval } ?? true
      if isTime { lastSent = now }
      for index in others.indices {
        receive(from: index, &group, now)
        if Self.hasEnded(&others[index].sent), isTime {
          _ = mpi_begin_sign(&group, byte, Int32(others[index].rank), &others[index].sent)
        }
        let silence = now - others[index].lastSeen
        guard lost == nil, silence > timeout else { continue }
        let rank = others[index].rank
        let host = hosts.indices.contains(rank) ? hosts[rank] : "another machine"
        lost = .noSignOfLife(rank: rank, host: host, seconds: timeout / .seconds(1))
      }
    }

    /// Notes the signs that have come from a rank, and awaits the next one.
    private mutating func receive(from index: Int, _ group: inout mpi_group, _ now: ContinuousClock.Instant) {
      while Self.hasEnded(&others[index].awaited) {
        if others[index].isAwaited { others[index].lastSeen = now }
        let code = mpi_begin_awaiting_sign(&group, byte + 1, Int32(others[index].rank), &others[index].awaited)
        others[index].isAwaited = code == mpi_success
        if !others[index].isAwaited { return }
      }
    }

    private static func hasEnded(_ work: inout mpi_work) -> Bool {
      var hasEnded = false
      return mpi_test(&work, &hasEnded) == mpi_success && hasEnded
    }

    /// Awaits no more signs.
    mutating func forget() {
      for index in others.indices { mpi_forget(&others[index].awaited) }
    }
  }
#endif
