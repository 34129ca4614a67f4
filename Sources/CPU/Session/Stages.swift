import CKernels

/// The stages of the current job of a ``ThreadPool``, and the state of its workers.
///
/// Each opening of a stage is a *round*, and the rounds are counted, over all jobs. Only a worker that has taken tiles in
/// a round may read the job and its stage: the round is not over before it has computed them.
final class Stages: @unchecked Sendable {
  private struct Shared {
    /// The number of rounds.
    var round = va_atomic()
    /// The number of tiles of the current stage that have been computed.
    var computed = va_atomic()
    /// The number of workers that work at the same time.
    var active = va_atomic()
    /// The round that began when all stages of the latest job were done.
    var end = va_atomic()
    /// Nonzero if no job follows soon, so that workers park without spinning.
    var isResting = va_atomic()
    /// Nonzero if the threads must end.
    var isEnding = va_atomic()
    var stage = 0
    var tileCounts = UnsafeBufferPointer<Int>(start: nil, count: 0)
    var job: ThreadPool.Job?
  }

  private struct Worker {
    /// The stages that it has computed in the current job, in fractions of stages. It comes first because the thread
    /// sanitizer takes a change of it for one of the first field, which others must not read then.
    var computed: Float = 0
    /// What is left of its share, as the bits of a ``Share``.
    var share = va_atomic()
    let parking = ParkingPlace()
    /// What it computes of a stage, as experience says, and the sum of this over the workers up to this one.
    var speed: Float = 1
    var speedsUpToHere: Float = 0
  }

  /// How long a worker without work spins before it parks, in milliseconds: longer than most gaps between stages, and
  /// between the runs of a loop; too short to matter for energy.
  private static let patience = 0.1

  /// The least speed, so that each worker keeps a share of large stages.
  private static let leastSpeed: Float = 0.05

  private let workerCount: Int
  private let limit: ThreadLimit
  private let shared: UnsafeMutablePointer<Shared>
  private let workers: UnsafeMutablePointer<Worker>

  init(workerCount: Int, limit: ThreadLimit) {
    self.workerCount = workerCount
    self.limit = limit
    shared = .allocate(capacity: 1)
    shared.initialize(to: Shared())
    workers = .allocate(capacity: workerCount)
    for worker in 0..<workerCount { (workers + worker).initialize(to: Worker()) }
    va_atomic_store(&shared.pointee.active, Int64(workerCount))
  }

  deinit {
    for worker in 0..<workerCount { workers[worker].parking.deallocate() }
    workers.deinitialize(count: workerCount)
    workers.deallocate()
    shared.deinitialize(count: 1)
    shared.deallocate()
  }

  /// Computes a job with all workers; called by worker 0.
  func run(_ tileCounts: UnsafeBufferPointer<Int>, _ job: @escaping ThreadPool.Job) {
    shared.pointee.tileCounts = tileCounts
    shared.pointee.job = job
    va_atomic_store(&shared.pointee.isResting, 0)
    updateSpeeds()
    open(stage: 0, by: 0)
    while true {
      let round = work(0)
      if round == va_atomic_load(&shared.pointee.end) { break }
      wait(0, after: round)
    }
    shared.pointee.job = nil
  }

  /// Works on all jobs until ``end()``.
  func serve(_ worker: Int) {
    while true {
      let round = work(worker)
      if va_atomic_load(&shared.pointee.isEnding) != 0 { return }
      wait(worker, after: round)
    }
  }

  /// Makes ``serve(_:)`` return.
  func end() {
    va_atomic_store(&shared.pointee.isEnding, 1)
    _ = va_atomic_add(&shared.pointee.round, 1)
    wake(upTo: workerCount)
  }

  func rest() { va_atomic_store(&shared.pointee.isResting, 1) }

  var parkedCount: Int { (0..<workerCount).count { workers[$0].parking.isTaken } }

  // MARK: - Working

  /// Computes tiles until none is left to take, and returns the latest round.
  private func work(_ worker: Int) -> Int64 {
    while true {
      let round = va_atomic_load(&shared.pointee.round)
      guard worker < va_atomic_load(&shared.pointee.active) else { return round }
      var (count, end) = (0, -1)
      var job: ThreadPool.Job?
      while let tiles = takeTiles(worker, in: round) {
        if job == nil { job = shared.pointee.job }
        job?(
          ThreadPool.Portion(
            worker: worker, stage: shared.pointee.stage, tiles: tiles, isContinued: tiles.lowerBound == end))
        count += tiles.count
        end = tiles.upperBound
      }
      guard count > 0 else { return round }
      let stage = shared.pointee.stage
      let tileCount = shared.pointee.tileCounts[stage]
      workers[worker].computed += Float(count) / Float(tileCount)
      guard va_atomic_add(&shared.pointee.computed, Int64(count)) == tileCount else { return round }
      open(stage: stage + 1, by: worker)
    }
  }

  /// Takes tiles from the front of the worker's share, or from the back of another one.
  private func takeTiles(_ worker: Int, in round: Int64) -> Range<Int>? {
    if let tiles = take(from: worker, in: round, { $0.takeFirst() }) { return tiles }
    for distance in 1..<workerCount {
      let other = (worker + distance) % workerCount
      if let tiles = take(from: other, in: round, { $0.takeLast() }) { return tiles }
    }
    return nil
  }

  private func take(from worker: Int, in round: Int64, _ take: (inout Share) -> Range<Int>) -> Range<Int>? {
    while true {
      let bits = va_atomic_load(&workers[worker].share)
      var share = Share(bits: bits)
      guard share.hasTiles(of: round) else { return nil }
      let tiles = take(&share)
      if va_atomic_replace(&workers[worker].share, bits, share.bits) { return tiles }
    }
  }

  /// Opens a stage, after having computed those before it that are one tile.
  private func open(stage first: Int, by worker: Int) {
    let tileCounts = shared.pointee.tileCounts
    var stage = first
    while stage < tileCounts.count, tileCounts[stage] == 1 {
      shared.pointee.job?(ThreadPool.Portion(worker: worker, stage: stage, tiles: 0..<1, isContinued: false))
      stage += 1
    }
    let round = va_atomic_load(&shared.pointee.round) + 1
    guard stage < tileCounts.count else {
      va_atomic_store(&shared.pointee.end, round)
      _ = va_atomic_add(&shared.pointee.round, 1)
      return wake(upTo: 1)
    }
    shared.pointee.stage = stage
    va_atomic_store(&shared.pointee.computed, 0)
    let active = min(workerCount, limit.threads)
    va_atomic_store(&shared.pointee.active, Int64(active))
    divide(tileCounts[stage], among: active, in: round)
    _ = va_atomic_add(&shared.pointee.round, 1)
    wake(upTo: active)
  }

  // MARK: - Shares

  /// Gives each worker its share of the tiles.
  private func divide(_ tileCount: Int, among active: Int, in round: Int64) {
    let factor = Float(tileCount) / workers[active - 1].speedsUpToHere
    var first = 0
    for worker in 0..<active {
      let end = worker == active - 1 ? tileCount : Int((workers[worker].speedsUpToHere * factor).rounded())
      va_atomic_store(&workers[worker].share, Share(round: round, tiles: first..<end).bits)
      first = end
    }
  }

  /// Moves the speeds towards what the workers did in the latest job.
  ///
  /// So shares follow what no table says: the kind of core that a thread runs on now, its clock, other programs.
  private func updateSpeeds() {
    let total = (0..<workerCount).reduce(0) { $0 + workers[$1].computed }
    var sum: Float = 0
    for worker in 0..<workerCount {
      if total > 0 {
        let latest = workers[worker].computed / total * Float(workerCount)
        workers[worker].speed = max(workers[worker].speed + (latest - workers[worker].speed) / 4, Self.leastSpeed)
        workers[worker].computed = 0
      }
      sum += workers[worker].speed
      workers[worker].speedsUpToHere = sum
    }
  }

  // MARK: - Waiting

  /// Waits until there is another round: spins, then parks.
  private func wait(_ worker: Int, after round: Int64) {
    let begin = Stopwatch.wall.now
    while worker < va_atomic_load(&shared.pointee.active), va_atomic_load(&shared.pointee.isResting) == 0 {
      for _ in 0..<64 {
        if va_atomic_load(&shared.pointee.round) != round { return }
        va_spin_hint()
      }
      if Stopwatch.wall.now - begin > Self.patience { break }
    }
    workers[worker].parking.park { va_atomic_load(&shared.pointee.round) == round }
  }

  private func wake(upTo count: Int) {
    for worker in 0..<count { workers[worker].parking.wake() }
  }
}
