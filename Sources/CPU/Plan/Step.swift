import IR

/// The location of a value while a plan runs.
package enum Location: Hashable, Sendable {
  /// A place in the arena, by index.
  case arena(Int)
  /// An input of the run, by index.
  case input(Int)
  /// A state that the run reads, by index.
  case state(Int)
  /// The free slot of a ring of states, by the index of the ring.
  case freeSlot(Int)
  /// A constant of the plan, by its offset in bytes.
  case constant(Int)
  /// A place in the own memory of each worker, by index, for partial sums.
  case own(Int)
}

/// The memory of a running session that a worker accesses.
package struct WorkerMemory {
  let arena: UnsafeMutableRawPointer
  /// The offset of each place in bytes.
  let offsets: UnsafePointer<Int>
  let inputs: UnsafePointer<UnsafeRawPointer>
  /// The index of the clip in the batch, and the stride of clips in each input in bytes.
  let clip: Int
  let inputStrides: UnsafePointer<Int>
  /// The states, the offset of each where the run reads it, and that of the free slot of each ring.
  let states: UnsafeMutableRawPointer
  let stateOffsets: UnsafePointer<Int>
  let freeSlotOffsets: UnsafePointer<Int>
  let constants: UnsafeRawPointer
  /// This worker's own memory: scratch memory of a step.
  package var own: UnsafeMutableRawPointer
  /// This worker's own places, after the scratch memory, and the offset of each.
  let ownPlaces: UnsafeMutableRawPointer
  let ownOffsets: UnsafePointer<Int>
  /// The distance in bytes from one worker's own memory to that of the next one.
  package let ownStride: Int
  /// The index of this own memory.
  let ownIndex: Int
  /// The tiles of the step to compute, of how many.
  package let tiles: Range<Int>
  package let tileCount: Int
  /// Whether the tiles follow those that this worker has computed of the step before, with the same own memory.
  package let isContinued: Bool
  /// The number of workers that run the steps.
  package let workers: Int
  /// The run's first error; the session outlives the memory.
  unowned(unsafe) let failure: Guarded<GraphError?>

  /// Makes the run throw an error when it ends, unless a step has failed before. What the step should have written is
  /// left as it is.
  func fail(_ error: GraphError) { failure.withLock { $0 = $0 ?? error } }

  /// Returns the value at a location.
  package func read(_ location: Location) -> UnsafeRawPointer {
    switch location {
    case .arena(let place): UnsafeRawPointer(arena + offsets[place])
    case .input(let number): inputs[number] + clip * inputStrides[number]
    case .state(let number): UnsafeRawPointer(states + stateOffsets[number])
    case .freeSlot(let ring): UnsafeRawPointer(states + freeSlotOffsets[ring])
    case .constant(let offset): constants + offset
    case .own(let place): UnsafeRawPointer(ownPlaces + ownOffsets[place])
    }
  }

  /// Returns a place in the arena or in this worker's own memory, or a free slot of states, for writing.
  package func write(_ location: Location) -> UnsafeMutableRawPointer {
    switch location {
    case .arena(let place): arena + offsets[place]
    case .own(let place): ownPlaces + ownOffsets[place]
    case .freeSlot(let ring): states + freeSlotOffsets[ring]
    case .input, .state, .constant: preconditionFailure("a step writes outside the arena")
    }
  }

  /// Returns the first worker's memory of an own place; those of the others follow at distances of ``ownStride`` bytes.
  package func parts(at location: Location) -> UnsafeMutableRawPointer {
    write(location) - ownIndex * ownStride
  }

  /// Returns the floats at a location.
  package func floats(_ location: Location) -> UnsafePointer<Float> {
    read(location).assumingMemoryBound(to: Float.self)
  }

  /// Returns the floats at a place in the arena, for writing.
  package func writeFloats(_ location: Location) -> UnsafeMutablePointer<Float> {
    write(location).assumingMemoryBound(to: Float.self)
  }

  /// Returns the bytes at a location.
  package func bytes(_ location: Location) -> UnsafePointer<UInt8> {
    read(location).assumingMemoryBound(to: UInt8.self)
  }

  /// Returns the bytes at a place in the arena, for writing.
  package func writeBytes(_ location: Location) -> UnsafeMutablePointer<UInt8> {
    write(location).assumingMemoryBound(to: UInt8.self)
  }

  /// This worker's own memory, as floats.
  package var ownFloats: UnsafeMutablePointer<Float> { own.assumingMemoryBound(to: Float.self) }

  /// Returns the memory with own memory that starts later, for a step within a step.
  package func moved(by bytes: Int) -> WorkerMemory {
    var memory = self
    memory.own += bytes
    return memory
  }

  /// Returns these tiles' share of some units of work: contiguous, and as even as whole blocks allow.
  package func share(of count: Int, blocks: Int = 1) -> Range<Int> {
    let blockCount = count.dividedRoundingUp(by: blocks)
    let first = min(count, blockCount * tiles.lowerBound / tileCount * blocks)
    let end = min(count, blockCount * tiles.upperBound / tileCount * blocks)
    return first..<end
  }
}

extension Int {
  /// Returns the quotient, rounded up.
  func dividedRoundingUp(by divisor: Int) -> Int { (self + divisor - 1) / divisor }
}

/// A step of a plan: a kernel with its layer's shapes and locations, which all workers run together.
///
/// Its work is divided into tiles, which workers compute in any order, from values that earlier steps have written. No
/// result depends on which worker computes a tile, or together with which others.
package protocol Step: Sendable {
  /// The name of the kernel, for profiles.
  var kernelName: String { get }
  /// Whether only one worker runs it, as it is little work.
  var isSerial: Bool { get }
  /// The size in bytes of the own memory that a worker needs while the step runs.
  var scratchBytes: Int { get }
  /// Whether its only dependencies on other steps are the locations that it reads and writes, so that it can be
  /// reordered as far as these allow.
  var isMovable: Bool { get }
  /// Returns the number of tiles that its work is divided into at most; nil for one for each worker. Then each tile has
  /// own memory, for partial sums that later steps read, and is computed by itself.
  func tileCount(workers: Int) -> Int?
  /// Computes some of the tiles.
  func run(_ memory: WorkerMemory)
}

extension Step {
  package var isSerial: Bool { false }
  package var scratchBytes: Int { 0 }
  package var isMovable: Bool { false }
  package func tileCount(workers: Int) -> Int? { nil }
}
