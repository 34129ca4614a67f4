/// Where a value is while a plan runs.
enum Location: Hashable, Sendable {
  /// In the arena, in the place of that number.
  case arena(Int)
  /// An input of the run, by number.
  case input(Int)
  /// Among the plan's constants, that many floats from their start.
  case constant(Int)
}

/// What a worker sees of a running session's memory.
struct WorkerMemory {
  let arena: UnsafeMutablePointer<Float>
  /// Where each place starts, in floats from the arena's start.
  let offsets: UnsafePointer<Int>
  let inputs: UnsafePointer<UnsafePointer<Float>>
  /// Which clip of the batch is run, and how far apart clips are in each input.
  let clip: Int
  let inputStrides: UnsafePointer<Int>
  let constants: UnsafePointer<Float>
  /// This worker's own memory, which lives as long as the run.
  var own: UnsafeMutablePointer<Float>
  /// Floats from one worker's own memory to the next one's.
  let ownStride: Int
  let worker: Int
  let workers: Int

  /// The numbers at a location.
  func read(_ location: Location) -> UnsafePointer<Float> {
    switch location {
    case .arena(let place): UnsafePointer(arena + offsets[place])
    case .input(let number): inputs[number] + clip * inputStrides[number]
    case .constant(let offset): constants + offset
    }
  }

  /// The numbers at a place in the arena, for writing.
  func write(_ location: Location) -> UnsafeMutablePointer<Float> {
    guard case .arena(let place) = location else { preconditionFailure("a step writes outside the arena") }
    return arena + offsets[place]
  }

  /// The same with own memory that starts later, for a step within a step.
  func moved(by count: Int) -> WorkerMemory {
    var memory = self
    memory.own += count
    return memory
  }

  /// Another worker's own memory.
  func own(of other: Int) -> UnsafeMutablePointer<Float> { own + (other - worker) * ownStride }
}

/// One step of a plan: a kernel with its layer's shapes and places, run by all workers together.
///
/// Each worker does its share; what it reads was written by an earlier step.
protocol Step: Sendable {
  /// What a profile calls it: the kernel's name.
  var kernelName: String { get }
  /// Whether one worker alone does it (little work); such steps that follow each other need no barrier between them.
  var isSerial: Bool { get }
  /// Floats of own memory that a worker needs while the step runs.
  var scratchCount: Int { get }
  /// Does this worker's share.
  func run(_ memory: WorkerMemory)
}

extension Step {
  var isSerial: Bool { false }
  var scratchCount: Int { 0 }
}
