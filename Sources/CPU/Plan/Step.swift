/// Where a value is while a plan runs.
package enum Location: Hashable, Sendable {
  /// In the arena, in the place of that number.
  case arena(Int)
  /// An input of the run, by number.
  case input(Int)
  /// A state as the run finds it, by number.
  case state(Int)
  /// Among the plan's constants, that many bytes from their start.
  case constant(Int)
  /// In each worker's own memory, in the place of that number: for parts of sums.
  case own(Int)
}

/// What a worker sees of a running session's memory.
package struct WorkerMemory {
  let arena: UnsafeMutableRawPointer
  /// Where each place starts, in bytes from the arena's start.
  let offsets: UnsafePointer<Int>
  let inputs: UnsafePointer<UnsafeRawPointer>
  /// Which clip of the batch is run, and how many bytes apart clips are in each input.
  let clip: Int
  let inputStrides: UnsafePointer<Int>
  /// The states that the run reads and those that it writes, and where each starts among them.
  let states: UnsafeRawPointer
  let nextStates: UnsafeMutableRawPointer
  let stateOffsets: UnsafePointer<Int>
  let constants: UnsafeRawPointer
  /// This worker's own memory, which lives as long as the run: scratch memory of steps.
  package var own: UnsafeMutableRawPointer
  /// Behind it, this worker's own places, and where each starts.
  let ownPlaces: UnsafeMutableRawPointer
  let ownOffsets: UnsafePointer<Int>
  /// Bytes from one worker's own memory to the next one's.
  package let ownStride: Int
  package let worker: Int
  package let workers: Int

  /// What is at a location.
  package func read(_ location: Location) -> UnsafeRawPointer {
    switch location {
    case .arena(let place): UnsafeRawPointer(arena + offsets[place])
    case .input(let number): inputs[number] + clip * inputStrides[number]
    case .state(let number): states + stateOffsets[number]
    case .constant(let offset): constants + offset
    case .own(let place): UnsafeRawPointer(ownPlaces + ownOffsets[place])
    }
  }

  /// What is at a place in the arena, or among this worker's own, for writing.
  package func write(_ location: Location) -> UnsafeMutableRawPointer {
    switch location {
    case .arena(let place): arena + offsets[place]
    case .own(let place): ownPlaces + ownOffsets[place]
    case .input, .state, .constant: preconditionFailure("a step writes outside the arena")
    }
  }

  /// What a state is in the next run, for writing.
  func nextState(_ number: Int) -> UnsafeMutableRawPointer { nextStates + stateOffsets[number] }

  /// What the first worker has at an own place; the others' are ``ownStride`` bytes apart.
  package func parts(at location: Location) -> UnsafeMutableRawPointer {
    write(location) - worker * ownStride
  }

  /// The floats at a location.
  package func floats(_ location: Location) -> UnsafePointer<Float> {
    read(location).assumingMemoryBound(to: Float.self)
  }

  /// The floats at a place in the arena, for writing.
  package func writeFloats(_ location: Location) -> UnsafeMutablePointer<Float> {
    write(location).assumingMemoryBound(to: Float.self)
  }

  /// The bytes at a location.
  package func bytes(_ location: Location) -> UnsafePointer<UInt8> {
    read(location).assumingMemoryBound(to: UInt8.self)
  }

  /// The bytes at a place in the arena, for writing.
  package func writeBytes(_ location: Location) -> UnsafeMutablePointer<UInt8> {
    write(location).assumingMemoryBound(to: UInt8.self)
  }

  /// This worker's own memory, as floats.
  package var ownFloats: UnsafeMutablePointer<Float> { own.assumingMemoryBound(to: Float.self) }

  /// The same with own memory that starts later, for a step within a step.
  package func moved(by bytes: Int) -> WorkerMemory {
    var memory = self
    memory.own += bytes
    return memory
  }

  /// Another worker's own memory.
  package func own(of other: Int) -> UnsafeMutableRawPointer { own + (other - worker) * ownStride }
}

/// One step of a plan: a kernel with its layer's shapes and places, run by all workers together.
///
/// Each worker does its share; what it reads was written by an earlier step.
package protocol Step: Sendable {
  /// What a profile calls it: the kernel's name.
  var kernelName: String { get }
  /// Whether one worker alone does it (little work); such steps that follow each other need no barrier between them.
  var isSerial: Bool { get }
  /// Bytes of own memory that a worker needs while the step runs.
  var scratchBytes: Int { get }
  /// Whether all that other steps have to do with it are the locations that it reads and writes, so that it may be done earlier or
  /// later if these allow it.
  var isMovable: Bool { get }
  /// Does this worker's share.
  func run(_ memory: WorkerMemory)
}

extension Step {
  package var isSerial: Bool { false }
  package var scratchBytes: Int { 0 }
  package var isMovable: Bool { false }
}
