import IR
import Tensors

/// A model prepared for given input shapes and an instruction set: the kernels, their order and their memory.
///
/// A plan is immutable, and any number of sessions can share it. It packs the weights once.
public final class Plan: Sendable {
  /// The shape of each input.
  public let inputShapes: [[Int]]
  /// The shape of each result.
  public let outputShapes: [[Int]]
  /// The element type of each input.
  public let inputElementTypes: [ElementType]
  /// The element type of each result.
  public let outputElementTypes: [ElementType]
  /// The states that each session keeps between runs.
  public let states: [StateValue]
  /// The instruction set of its kernels.
  public let isa: ISA
  /// The number format of floating-point values and weights between operations; inputs and outputs are float32.
  public let precision: Precision
  /// The size in bytes of the memory of a session with one thread.
  public let arenaBytes: Int
  /// The size in bytes of the packed weights, which all sessions share.
  public let constantBytes: Int
  /// The number of multiply-adds in a run.
  public let multiplyAdds: Int
  /// The kernel and the operations of each step, in the order in which they run.
  public let records: [StepRecord]

  /// The size in bytes of the memory that a session has for states.
  public var stateBytes: Int { stateRings.byteCount }

  /// The number of times that the steps run, each time for one clip of the batch.
  let repeats: Int
  let steps: [any Step]
  /// The offset of each place in the arena.
  let offsets: [Int]
  let placesBytes: Int
  /// The places of the states in a session, and their layouts.
  let stateRings: StateRings
  let stateCodings: [StateCoding]
  /// The size of each worker's own memory, and the offset of its places.
  let ownBytes: Int
  let ownPlacesStart: Int
  let ownOffsets: [Int]
  let outputs: [Location]
  /// The inputs and the states that are quantized, and must not contain NaN.
  let quantizedInputs: [Int]
  let quantizedStates: [Int]
  let constants: Arena
  /// The executors with idle sessions of this plan, which are released with it.
  let holders = SessionHolders()

  /// Prepares a graph for inputs with given shapes.
  ///
  /// - Parameters:
  ///   - graph: The graph; it runs in any form, but fast only in deployable form.
  ///   - weights: The parameters by path, of the graph's types or float16 for float32; with a quantization, as
  ///     `QuantizationTable.tensorTypes(for:)` lists them.
  ///   - inputShapes: The shape of each input.
  ///   - precision: The number format to run in; int8 with a quantization.
  ///   - quantization: How values and weights are quantized; results are then the same to the last bit on all
  ///     instruction sets. Nil for floating point.
  ///   - isa: The instruction set to use; nil for that of `ACCELERATOR_ISA`, or the best one of this processor.
  ///   - choices: The kernels for layers that do not use their defaults.
  /// - Throws: `GraphError` if the graph does not take such inputs; ``RuntimeError`` if this processor lacks the
  ///   instruction set or the memory, or int8 is requested without a quantization.
  public convenience init(
    _ graph: Graph, weights: [String: Tensor], inputShapes: [[Int]], precision: Precision = .fp32,
    quantization: QuantizationTable? = nil, isa: ISA? = nil, choices: KernelChoices = KernelChoices()
  ) throws {
    try self.init(
      graph, weights: weights, inputShapes: inputShapes, precision: precision, quantization: quantization, isa: isa,
      choices: choices, purpose: .inference)
  }

  /// Prepares a graph for a purpose.
  package init(
    _ graph: Graph, weights: [String: Tensor], inputShapes: [[Int]], precision: Precision = .fp32,
    quantization: QuantizationTable? = nil, isa: ISA? = nil, choices: KernelChoices = KernelChoices(),
    purpose: PlanPurpose
  ) throws {
    let precision = quantization == nil ? precision : .int8
    if precision == .int8, quantization == nil { throw RuntimeError.noQuantization }
    let isa = try isa ?? ISA.preferred()
    guard isa.isAvailable else {
      throw RuntimeError.unavailableISA(isa.rawValue, available: ISA.available.map(\.rawValue))
    }
    // Checks shapes, sizes and weights, as the interpreter does.
    let whole = try graph.specialized(to: inputShapes)
    if let quantization {
      try quantization.check(weights: weights, for: graph)
    } else {
      try graph.check(weights: weights)
    }
    try whole.checkMemory()
    let batch = graph.separableBatch(inputShapes)
    let unit = batch > 1 ? try graph.specialized(to: inputShapes.map { [1] + $0.dropFirst() }) : whole

    let builder = PlanBuilder(
      unit, weights: weights,
      quantization: try quantization.map { try PlanQuantization(table: $0, points: $0.points(in: graph)) }, isa: isa,
      format: precision.kernelFormat(on: isa), choices: choices)
    for index in unit.computedNodes { builder.lower(index) }
    outputs = unit.outputs.map { builder.plain($0) }
    stateRings = builder.stateRings
    stateCodings = unit.states.indices.map { builder.stateCoding($0) }
    builder.updateStates()
    builder.keep(outputs)
    if purpose == .training { builder.chainPixels() }

    let memory = MemoryPlan(builder.places)
    let ownMemory = MemoryPlan(builder.ownPlaces)
    self.inputShapes = inputShapes
    self.isa = isa
    self.precision = precision
    quantizedInputs = unit.inputs.indices.filter { builder.byteForm(of: unit.inputs[$0]) != nil }
    quantizedStates = unit.states.indices.filter { builder.byteForm(of: unit.states[$0].value) != nil }
    repeats = batch
    steps = builder.steps
    records = builder.ledger.records.map { $0.repeated(batch) }
    states = whole.stateValues
    offsets = memory.offsets
    placesBytes = memory.byteCount
    ownPlacesStart = ((builder.steps.map(\.scratchBytes).max() ?? 0) + 127) / 64 * 64
    ownOffsets = ownMemory.offsets
    ownBytes = ownPlacesStart + (ownMemory.byteCount + 63) / 64 * 64
    outputShapes = whole.outputs.map { whole.type($0).fixedShape ?? [] }
    inputElementTypes = whole.inputs.map { whole.type($0).elementType }
    outputElementTypes = whole.outputs.map { whole.type($0).elementType }
    multiplyAdds = whole.multiplyAdds().reduce(0, +)
    let constants = try Arena(byteCount: max(builder.constantBytes, 1))
    builder.fillConstants(constants.base)
    self.constants = constants
    constantBytes = builder.constantBytes
    arenaBytes = placesBytes + ownBytes + stateRings.byteCount
  }

  /// Checks the inputs of a run.
  func check(_ tensors: some RandomAccessCollection<Tensor>) throws(RuntimeError) {
    guard tensors.count == inputShapes.count else {
      throw .inputCount(expected: inputShapes.count, found: tensors.count)
    }
    for (number, tensor) in tensors.enumerated()
    where tensor.shape != inputShapes[number] || tensor.elementType != inputElementTypes[number] {
      let expected = ValueType(inputShapes[number].map { .fixed($0) }, elementType: inputElementTypes[number])
      throw .input(number: number, expected: expected, found: ValueType(tensor))
    }
    for (number, tensor) in tensors.enumerated() where quantizedInputs.contains(number) && tensor.holdsNaN {
      throw .notANumber(input: number)
    }
  }

  /// The names of the kernels in the order in which they run.
  public var kernelNames: [String] { records.map(\.kernel) }
}

/// The purpose that a plan is optimized for.
package enum PlanPurpose: Sendable {
  /// Inference: values are small or short-lived, and the steps are in the order of the operations.
  case inference
  /// Training: values are too large for any cache, and many are kept for the backward pass; steps that compute pixel by
  /// pixel become chains.
  case training
}

extension Precision {
  /// Returns the format in which kernels store floating-point values and weights: float16 only on instruction sets that
  /// compute in it. On others, weights are widened when they are packed, as converting all values costs more than it
  /// saves in memory.
  public func kernelFormat(on isa: ISA) -> KernelFormat {
    self == .fp16 && isa.computesInHalves ? .float16 : .float32
  }
}

extension ISA {
  /// Returns the instruction set that `ACCELERATOR_ISA` names, or the best one of this processor.
  ///
  /// - Throws: ``RuntimeError/unavailableISA(_:available:)`` if the processor does not have the named one.
  public static func preferred() throws(RuntimeError) -> ISA {
    guard let name = environment("ACCELERATOR_ISA"), !name.isEmpty else { return available.max() ?? .scalar }
    guard let isa = ISA(rawValue: name), isa.isAvailable else {
      throw .unavailableISA(name, available: available.map(\.rawValue))
    }
    return isa
  }
}

extension Graph {
  /// Returns the number of times that a graph for one clip can run instead of one for the whole batch, which keeps
  /// values in the caches: the size of the batch if clips are independent, else 1.
  func separableBatch(_ shapes: [[Int]]) -> Int {
    guard let batch = shapes.first?.first, batch > 1, shapes.allSatisfy({ $0.first == batch }), hasIndependentClips
    else { return 1 }
    return batch
  }

  /// Whether the results for a batch are those for each of its clips: the first axis is the batch in all values, every operation
  /// computes clips by themselves, and there are no states, which contain the whole batch.
  package var hasIndependentClips: Bool {
    states.isEmpty && inputs.allSatisfy { type($0).shape.first == .symbolic("N") }
      && outputs.allSatisfy { type($0).shape.first == .symbolic("N") }
      && nodes.allSatisfy { node in
        node.operation.facts.reach != .batch
          && node.results.allSatisfy { type($0).shape.first == .symbolic("N") }
      }
  }
}

extension Tensor {
  /// Whether one of the float32 elements is NaN.
  var holdsNaN: Bool {
    withUnsafeElements(as: Float.self) { elements in
      // Without their signs, the bits of NaN are above those of infinity. Sixteen maxima at once are vectors.
      var largest = SIMD16<Int32>(repeating: 0)
      let whole = elements.count / 16 * 16
      if let start = elements.baseAddress.map({ UnsafeRawPointer($0) }) {
        for index in stride(from: 0, to: whole, by: 16) {
          let bits = start.loadUnaligned(fromByteOffset: index * 4, as: SIMD16<Int32>.self)
          largest = pointwiseMax(largest, bits & SIMD16(repeating: .max))
        }
      }
      return largest.max() > Int32(bitPattern: Float.infinity.bitPattern)
        || elements[whole...].contains { $0.isNaN }
    }
  }
}
