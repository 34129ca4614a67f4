import IR
import Tensors

/// Runs a plan, with its own memory and threads.
///
/// A session keeps the graph's states: each run reads what the previous one wrote. A session must not be shared between
/// threads; make one for each, or use an ``Executor``. After the first run, runs do not allocate memory. Results do not
/// depend on the number of threads, which sleep between runs.
public final class Session {
  /// The plan that is run.
  public unowned let plan: Plan
  /// Retains the plan, except while the session is idle, so that an idle session is released with its plan.
  private var keptPlan: Plan?
  /// The number of threads that run it, including the caller's.
  public let threads: Int

  let pool: ThreadPool
  private let arena: Arena
  private let layout: ArenaLayout
  private var results: [Tensor]
  /// The inputs of the current run.
  private let inputs: UnsafeMutablePointer<UnsafeRawPointer>
  /// The number of the next run, which says where the states are.
  private(set) var runNumber = 0
  /// The stride of clips in each input, then the offsets of the places in the arena and in a worker's own memory, of the
  /// states and of the free slots of their rings; all in bytes.
  private let numbers: UnsafeMutablePointer<Int>
  /// The number of tiles of each stage: of each step, or of one stage whose tiles are whole clips.
  private let tileCounts: UnsafeMutableBufferPointer<Int>
  /// The work on a portion, made once: a closure made for each run would be allocated.
  private var work: ThreadPool.Job = { _ in }
  /// The clip that all workers compute, if they share each clip.
  private var clip = 0
  /// The current run's first error.
  private let failure = Guarded<GraphError?>(nil)

  /// Creates a session of a plan.
  ///
  /// - Parameters:
  ///   - plan: The plan.
  ///   - threads: The number of threads that run it, including the caller's, 1...256.
  ///   - limit: How many of them may work at the same time.
  /// - Throws: ``RuntimeError`` if the number of threads is out of range, memory runs out, or the system refuses to start
  ///   a thread. A session does not go on with fewer than it was asked for: its caller decides.
  public convenience init(_ plan: Plan, threads: Int = 1, limit: ThreadLimit = .shared) throws(RuntimeError) {
    try self.init(plan, threads: threads, limit: limit, keptTo: [])
  }

  /// Creates a session whose threads are kept to some cores, by their numbers; to none in particular if there are none.
  init(_ plan: Plan, threads: Int, limit: ThreadLimit, keptTo cores: [Int]) throws(RuntimeError) {
    guard Self.threadCounts.contains(threads) else { throw .threadCount(threads) }
    self.plan = plan
    keptPlan = plan
    self.threads = threads
    layout = ArenaLayout(plan, threads: threads)
    arena = try Arena(byteCount: layout.byteCount)
    pool = try ThreadPool(workerCount: threads, limit: limit, keptTo: cores)
    let counts = layout.clipsApart ? [plan.repeats] : plan.steps.map { $0.tiles(for: threads) }
    tileCounts = .allocate(capacity: counts.count)
    _ = tileCounts.initialize(from: counts)
    results = zip(plan.outputShapes, plan.outputElementTypes).map { Tensor(zeros: $0, elementType: $1) }
    inputs = .allocate(capacity: max(plan.inputShapes.count, 1))
    let strides = zip(plan.inputShapes, plan.inputElementTypes).map {
      Layout.plain(shape: $0, of: $1).byteCount / plan.repeats
    }
    let all = strides + plan.offsets + plan.ownOffsets
    let stateNumbers = plan.states.count + plan.stateRings.rings.count
    numbers = .allocate(capacity: max(all.count + stateNumbers, 1))
    for (index, number) in all.enumerated() { (numbers + index).initialize(to: number) }
    (numbers + all.count).initialize(repeating: 0, count: stateNumbers)
    placeStates()
    work = job(Unwatched())
    reset()
  }

  deinit {
    inputs.deallocate()
    numbers.deallocate()
    tileCounts.deallocate()
  }

  /// The numbers of threads that a session can have.
  static let threadCounts = 1...256

  /// Parks the threads at once, and releases the plan.
  func rest() {
    pool.rest()
    keptPlan = nil
  }

  /// Prepares the session for another caller after ``rest()``, with initial states.
  func resume(_ plan: Plan) {
    keptPlan = plan
    reset()
  }

  /// Whether each thread computes whole clips of the batch.
  var clipsApart: Bool { layout.clipsApart }

  /// Returns the place of a state that the next run reads.
  func place(ofState number: Int) -> UnsafeMutableRawPointer {
    arena.base + layout.states + plan.stateRings.offset(of: number, run: runNumber)
  }

  /// The offsets of the states, and then those of the free slots of their rings.
  private var stateOffsets: UnsafeMutablePointer<Int> {
    numbers + plan.inputShapes.count + plan.offsets.count + plan.ownOffsets.count
  }

  /// Sets where the next run reads and writes states.
  private func placeStates() {
    let rings = plan.stateRings
    for number in plan.states.indices { stateOffsets[number] = rings.offset(of: number, run: runNumber) }
    for ring in rings.rings.indices {
      stateOffsets[plan.states.count + ring] = rings.freeOffset(of: ring, run: runNumber)
    }
  }

  /// The size in bytes of the arena, including the threads' own memory.
  public var arenaBytes: Int { arena.byteCount }

  /// Runs the model.
  ///
  /// - Parameter tensors: Tensors of the plan's shapes and element types, one per input.
  /// - Returns: One tensor per output; the next run reuses their memory, unless they are still referenced.
  /// - Throws: ``RuntimeError/input(number:expected:found:)`` if an input does not fit the plan,
  ///   ``RuntimeError/values(_:)`` if an operation cannot take the values that it gets; states stay as they were.
  public func run(_ tensors: [Tensor]) throws(RuntimeError) -> [Tensor] { try run(all: tensors, work) }

  /// Runs a model with one input.
  ///
  /// - Parameter tensor: A tensor of the plan's shape and element type.
  /// - Returns: As ``run(_:)-([Tensor])``.
  /// - Throws: As ``run(_:)-([Tensor])``.
  public func run(_ tensor: Tensor) throws(RuntimeError) -> [Tensor] { try run(all: CollectionOfOne(tensor), work) }

  /// Returns the work on a portion, which reports its steps to a watch.
  func job(_ watch: some StepWatch) -> ThreadPool.Job {
    layout.clipsApart
      ? { [unowned(unsafe) self] portion in runClips(portion, watch) }
      : { [unowned(unsafe) self] portion in runStep(portion, watch) }
  }

  /// Runs the model with a job of this session.
  func run<Tensors: RandomAccessCollection<Tensor>>(
    all tensors: Tensors, _ work: @escaping ThreadPool.Job
  ) throws(RuntimeError) -> [Tensor] where Tensors.Index == Int {
    try plan.check(tensors)
    withPointers(to: tensors, from: 0) {
      if layout.clipsApart { pool.run(UnsafeBufferPointer(tileCounts), work) } else { runClipByClip(work) }
    }
    if let error = failure.withLock({ failure -> GraphError? in
      defer { failure = nil }
      return failure
    }) {
      throw .values(error)
    }
    runNumber += 1
    placeStates()
    for index in results.indices {
      let source = UnsafeRawPointer(arena.base + layout.results[index])
      results[index].withUnsafeMutableBytes { target in
        if let start = target.baseAddress { start.copyMemory(from: source, byteCount: target.count) }
      }
    }
    return results
  }

  /// Calls `body` while `inputs` holds the tensors' addresses.
  private func withPointers<Tensors: RandomAccessCollection<Tensor>>(
    to tensors: Tensors, from number: Int, _ body: () -> Void
  ) where Tensors.Index == Int {
    guard number < tensors.count else { return body() }
    tensors[number].withUnsafeBytes { bytes in
      // An input without elements has no address; nothing reads it.
      (inputs + number).initialize(to: bytes.baseAddress ?? UnsafeRawPointer(arena.base))
      withPointers(to: tensors, from: number + 1, body)
    }
  }

  /// Computes whole clips.
  private func runClips(_ portion: ThreadPool.Portion, _ watch: some StepWatch) {
    for clip in portion.tiles {
      let memory = memory(clip: clip, slot: portion.worker, own: portion.worker)
      for (index, step) in plan.steps.enumerated() {
        watch.willRun(step: index, clip: clip, worker: portion.worker)
        step.run(memory)
        watch.didRun(step: index, clip: clip, worker: portion.worker)
      }
      copyResults(of: clip, memory)
    }
  }

  /// All workers compute one clip after the other.
  private func runClipByClip(_ work: @escaping ThreadPool.Job) {
    for clip in 0..<plan.repeats {
      self.clip = clip
      pool.run(UnsafeBufferPointer(tileCounts), work)
      copyResults(of: clip, memory(clip: clip, slot: 0, own: 0))
    }
  }

  /// Computes some tiles of a step.
  private func runStep(_ portion: ThreadPool.Portion, _ watch: some StepWatch) {
    let (step, tileCount) = (plan.steps[portion.stage], tileCounts[portion.stage])
    watch.willRun(step: portion.stage, clip: clip, worker: portion.worker)
    if step.hasTilesOfWorkers(threads) {
      for tile in portion.tiles {
        step.run(memory(clip: clip, slot: 0, own: tile, tiles: tile..<tile + 1, of: tileCount))
      }
    } else {
      step.run(
        memory(
          clip: clip, slot: 0, own: portion.worker, tiles: portion.tiles, of: tileCount,
          isContinued: portion.isContinued))
    }
    watch.didRun(step: portion.stage, clip: clip, worker: portion.worker)
  }

  /// Returns the memory that a worker accesses for some tiles; a slot is the memory for the places of one clip in the
  /// arena.
  private func memory(
    clip: Int, slot: Int, own index: Int, tiles: Range<Int> = 0..<1, of tileCount: Int = 1, isContinued: Bool = false
  ) -> WorkerMemory {
    let own = arena.base + layout.own + index * plan.ownBytes
    let offsets = UnsafePointer(numbers + plan.inputShapes.count)
    return WorkerMemory(
      arena: arena.base + slot * plan.placesBytes, offsets: offsets, inputs: UnsafePointer(inputs), clip: clip,
      inputStrides: UnsafePointer(numbers), states: arena.base + layout.states,
      stateOffsets: UnsafePointer(stateOffsets), freeSlotOffsets: UnsafePointer(stateOffsets + plan.states.count),
      constants: UnsafeRawPointer(plan.constants.base), own: own,
      ownPlaces: own + plan.ownPlacesStart, ownOffsets: offsets + plan.offsets.count, ownStride: plan.ownBytes,
      ownIndex: layout.clipsApart ? 0 : index, tiles: tiles, tileCount: tileCount, isContinued: isContinued,
      workers: layout.clipsApart ? 1 : threads, failure: failure)
  }

  /// Moves a clip's results out of the places that the next clip uses.
  private func copyResults(of clip: Int, _ memory: WorkerMemory) {
    for (index, location) in plan.outputs.enumerated() {
      let bytes = layout.resultBytes[index]
      (arena.base + layout.results[index] + clip * bytes).copyMemory(from: memory.read(location), byteCount: bytes)
    }
  }
}

extension Step {
  /// Returns the number of tiles that its work is divided into.
  fileprivate func tiles(for workers: Int) -> Int {
    if isSerial { return 1 }
    // More would be more to do for little: a worker that is late delays a step by an eighth of a share.
    return tileCount(workers: workers).map { max(1, min($0, 8 * workers)) } ?? workers
  }

  /// Whether it has a tile for each worker, with own memory each.
  fileprivate func hasTilesOfWorkers(_ workers: Int) -> Bool { !isSerial && tileCount(workers: workers) == nil }
}

/// The layout of a session's arena: one slot of places or one for each thread, the threads' own memory, the
/// states, and the results.
private struct ArenaLayout {
  /// Whether there is at least one clip for each thread, so that each thread computes whole clips.
  let clipsApart: Bool
  let own: Int
  let states: Int
  let results: [Int]
  /// The size in bytes of each result for one clip.
  let resultBytes: [Int]
  let byteCount: Int

  init(_ plan: Plan, threads: Int) {
    clipsApart = plan.repeats >= threads
    own = plan.placesBytes * (clipsApart ? threads : 1)
    states = own + plan.ownBytes * threads
    var end = states + plan.stateBytes
    let bytes = zip(plan.outputShapes, plan.outputElementTypes).map { Layout.plain(shape: $0, of: $1).byteCount }
    results = bytes.map { count in
      defer { end += count }
      return end
    }
    resultBytes = bytes.map { $0 / plan.repeats }
    byteCount = end
  }
}
