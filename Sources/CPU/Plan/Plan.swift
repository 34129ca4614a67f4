import IR
import Tensors

/// A model prepared for one input shape and instruction set: which kernels run in which order, on which memory.
///
/// Immutable, and shared by as many sessions as you like. Weights are packed once, here.
public final class Plan: Sendable {
  /// What a plan is made for.
  public let inputShapes: [[Int]]
  /// The shape of each result.
  public let outputShapes: [[Int]]
  /// What the elements of each input are.
  public let inputElementTypes: [ElementType]
  /// What the elements of each result are.
  public let outputElementTypes: [ElementType]
  /// The states that each session keeps from run to run.
  public let states: [StateValue]
  /// The instructions that its kernels use.
  public let isa: ISA
  /// The number format that floating-point values and weights have in it; at inputs and outputs they are float32.
  public let precision: Precision
  /// Bytes that each session works in with one thread.
  public let arenaBytes: Int
  /// Bytes of packed weights, which all sessions share.
  public let constantBytes: Int
  /// Multiply-adds of one run.
  public let multiplyAdds: Int
  /// What each step stands for, in the order in which they run.
  public let records: [StepRecord]

  /// How many times the steps run, each time for one clip of the batch.
  let repeats: Int
  let steps: [any Step]
  /// Where each place starts in the arena.
  let offsets: [Int]
  let placesBytes: Int
  /// Where each state starts in a bank, and the bytes of one: a session has a bank that a run reads and one that it writes.
  let stateOffsets: [Int]
  let stateBytes: Int
  /// Bytes of each worker's own memory, and where its places start in it.
  let ownBytes: Int
  let ownPlacesStart: Int
  let ownOffsets: [Int]
  let outputs: [Location]
  /// The inputs that become bytes, for which a number that is none has no meaning, and the states that do.
  let quantizedInputs: [Int]
  let quantizedStates: [Int]
  let constants: Arena
  /// Where idle sessions of this plan are, which go with it.
  let holders = SessionHolders()

  /// Prepares a graph for inputs of given shapes.
  ///
  /// - Parameters:
  ///   - graph: in deployable form for speed; in any form for correctness.
  ///   - weights: its parameters by path, as the graph says, or float16 for float32; with a quantization as `QuantizationTable.tensorTypes` says.
  ///   - inputShapes: one per input.
  ///   - precision: the number format to run in; with a quantization it is int8.
  ///   - quantization: how values and weights are integers; results are then the same to the last bit with all
  ///     instructions.
  ///   - isa: the instructions to use; the best that this processor has, or `ACCELERATOR_ISA`, if not given.
  ///   - choices: kernels for layers that shall not have their default ones.
  /// - Throws: `GraphError` if the graph does not take such inputs, ``RuntimeError`` if this processor lacks the
  ///   instructions or the memory, or int8 is asked for without a quantization.
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
    // Checks shapes, sizes and weights as the interpreter does.
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
    for index in unit.nodes.indices { builder.lower(index) }
    outputs = unit.outputs.map { builder.plain($0) }
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
    var stateEnd = 0
    stateOffsets = states.map { state in
      defer { stateEnd += (state.byteCount + 63) / 64 * 64 }
      return stateEnd
    }
    stateBytes = stateEnd
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
    arenaBytes = placesBytes + ownBytes + 2 * stateBytes
  }

  /// Checks a run's inputs.
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

  /// The kernels in the order in which they run.
  public var kernelNames: [String] { records.map(\.kernel) }
}

/// What a plan is run for.
package enum PlanPurpose: Sendable {
  /// Values are small or gone soon: steps follow each other as the operations do.
  case inference
  /// Values are too large for any cache, and many wait for the way back: steps that treat pixel after pixel become chains.
  case training
}

extension Precision {
  /// What kernels store floating-point values and weights as: halves only where the instruction set computes in them. Elsewhere
  /// weights are widened when they are packed, as widening and rounding all values costs more than it saves in memory.
  public func kernelFormat(on isa: ISA) -> KernelFormat {
    self == .fp16 && isa.computesInHalves ? .float16 : .float32
  }
}

extension ISA {
  /// What `ACCELERATOR_ISA` names, or the best that this processor has.
  ///
  /// - Throws: ``RuntimeError/unavailableISA(_:available:)`` if the variable names something that it does not have.
  public static func preferred() throws(RuntimeError) -> ISA {
    guard let name = environment("ACCELERATOR_ISA"), !name.isEmpty else { return available.max() ?? .scalar }
    guard let isa = ISA(rawValue: name), isa.isAvailable else {
      throw .unavailableISA(name, available: available.map(\.rawValue))
    }
    return isa
  }
}

extension Graph {
  /// How many times a graph for one clip can run instead of the whole batch at once, which keeps values in the caches:
  /// the batch's size if every operation treats clips apart and there are no states, which hold the whole batch; else 1.
  func separableBatch(_ shapes: [[Int]]) -> Int {
    guard states.isEmpty, let batch = shapes.first?.first, batch > 1, shapes.allSatisfy({ $0.first == batch }),
      inputs.allSatisfy({ type($0).shape.first == .symbolic("N") }),
      outputs.allSatisfy({ type($0).shape.first == .symbolic("N") }),
      nodes.allSatisfy({ node in node.results.allSatisfy { type($0).shape.first == .symbolic("N") } }),
      nodes.allSatisfy({ $0.operation.facts.reach != .batch })
    else { return 1 }
    return batch
  }
}

extension Tensor {
  /// Whether one of the float32 elements is no number.
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
