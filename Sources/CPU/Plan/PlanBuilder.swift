import IR
import Tensors

/// Converts a graph with known shapes to steps: chooses kernels, packs weights and tracks value lifetimes.
///
/// Lowering rules (`Lowering/`) request values in a layout; a conversion is added, once for each value, if the value is
/// in another one.
package final class PlanBuilder {
  package let graph: Graph
  let links: GraphLinks
  /// How values are quantized; nil in floating point.
  let quantization: PlanQuantization?
  package let isa: ISA
  /// The kernels of the plan's precision, and those of float32.
  package let kernels: KernelSet
  package let floatKernels: KernelSet
  private let choices: KernelChoices
  /// The integer form of the operation that is being lowered; nil if it runs in floating point.
  private(set) var integerForm: IntegerForm?
  /// The kernel choices for the operation that is being lowered.
  private(set) var choice = KernelChoices.Layer()
  private let weights: [String: Tensor]
  private let parameterPaths: [Graph.ValueID: String]
  /// The tensors of the graph's constants.
  private let graphConstants: [Graph.ValueID: Tensor]

  private(set) var steps: [any Step] = []
  /// The layout of each state between runs.
  private(set) var stateLayouts: [Layout] = []
  /// The places of the states in a session.
  private(set) lazy var stateRings = makeStateRings()
  /// The rings that are updated to a value, which is written to their free slot if it is computed in their layout.
  private lazy var freeSlots = Dictionary(
    stateRings.rings.enumerated().map { (graph.states[$1[0]].next, $0) }, uniquingKeysWith: { first, _ in first })
  /// The records of the steps.
  var ledger: StepLedger
  /// The size and the lifetime of each place in the arena.
  private(set) var places: [MemoryPlan.Request] = []
  /// The size and the lifetime of each place in a worker's own memory.
  private(set) var ownPlaces: [MemoryPlan.Request] = []
  /// The locations that each step reads and writes; a step that replaced another one has only those that it writes.
  private(set) var accesses: [PixelChaining.Access] = []
  /// The size in bytes of the packed weights and constants, each aligned to a cache line.
  private(set) var constantBytes = 0
  private var fills: [(start: Int, fill: (UnsafeMutableRawPointer) -> Void)] = []
  private var values: [Graph.ValueID: [Layout: Location]] = [:]
  /// The location and layout of the real numbers that values are quantized from, which no other operation reads.
  private(set) var reals: [Graph.ValueID: (location: Location, layout: Layout)] = [:]

  init(
    _ graph: Graph, weights: [String: Tensor], quantization: PlanQuantization?, isa: ISA, format: KernelFormat,
    choices: KernelChoices
  ) {
    self.graph = graph
    links = GraphLinks(graph)
    self.quantization = quantization
    self.isa = isa
    self.choices = choices
    self.weights = weights
    kernels = KernelSet(isa, format)
    floatKernels = KernelSet(isa)
    parameterPaths = Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.value, $0.path) })
    graphConstants = graph.constants
    ledger = StepLedger(graph, links, parameterPaths: parameterPaths)
    for (number, id) in graph.inputs.enumerated() {
      hold(id, at: .input(number))
    }
    stateLayouts = makeStateLayouts()
    for (number, state) in graph.states.enumerated() {
      if case .plain = stateLayouts[number] {
        hold(state.value, at: .state(number))
      } else {
        values[state.value] = [stateLayouts[number]: .state(number)]
      }
    }
  }

  /// Records the location of a value that is given to the plan, in the plain layout.
  private func hold(_ id: Graph.ValueID, at location: Location) {
    if byteForm(of: id) != nil {
      hold(asBytes: id, reals: location, plainLayout(id))
    } else {
      values[id] = [plainLayout(id): location]
    }
  }

  /// Starts the lowering of an operation: the following steps belong to it.
  func start(_ index: Int) {
    let node = graph.nodes[index]
    ledger.start(node)
    integerForm = quantization?.points.form(of: index)
    let parameter = node.inputs.lazy.compactMap { self.parameterPaths[$0] }.first
    choice = parameter.flatMap { choices.layers[$0] } ?? KernelChoices.Layer()
  }

  /// Returns the shape of a value.
  package func shape(_ id: Graph.ValueID) -> [Int] { graph.type(id).fixedShape ?? [] }

  /// Returns the plain layout of a value, as in the API.
  package func plainLayout(_ id: Graph.ValueID) -> Layout { .plain(shape: shape(id), of: graph.type(id).elementType) }

  /// Returns the tensor of a parameter, in the type of the graph, or of a constant; nil for other values.
  package func parameter(_ id: Graph.ValueID) -> Tensor? {
    if let constant = graphConstants[id] { return constant }
    guard let scales = storedScales(id) else { return storedParameter(id)?.converted(to: graph.type(id).elementType) }
    return storedParameter(id)?.dequantized(scales: scales.elements())
  }

  /// Returns the tensor of a parameter as it is stored; nil for other values.
  func storedParameter(_ id: Graph.ValueID) -> Tensor? { parameterPaths[id].flatMap { weights[$0] } }

  /// Returns the scales of a parameter's output channels; nil if it is not quantized.
  func storedScales(_ id: Graph.ValueID) -> Tensor? {
    guard quantization != nil, storedParameter(id)?.elementType == .int8 else { return nil }
    return parameterPaths[id].flatMap { weights[QuantizationTable.scalePath($0)] }
  }

  /// Returns the kernels' layout of a value, in elements of the plan's precision; nil if it has none because of its
  /// rank, or is not float32, and is always plain.
  package func channelsLast(_ id: Graph.ValueID) -> ChannelsLast? {
    graph.type(id).elementType == .float32 ? ChannelsLast(shape(id), kernels: kernels) : nil
  }

  /// Returns the kernels for values in a layout.
  package func kernels(for layout: ChannelsLast) -> KernelSet { layout == layout.floats ? floatKernels : kernels }

  /// Returns the kernels' layout in which a value is available without a conversion.
  package func heldLayout(_ id: Graph.ValueID) -> ChannelsLast? {
    guard let layout = channelsLast(id) else { return nil }
    return [layout.floats, layout].first { values[id]?[.channelsLast($0)] != nil }
  }

  /// Returns whether a value is available in its plain layout without a conversion.
  package func isPlain(_ id: Graph.ValueID) -> Bool { held(id, plainLayout(id)) != nil }

  /// Returns the location of a value in a layout, without a conversion; nil if it is not available in it.
  func held(_ id: Graph.ValueID, _ layout: Layout) -> Location? { values[id]?[layout] }

  /// Returns the layouts in which a value is available as integers, or as floats of the integer kernels.
  func quantizedLayouts(of id: Graph.ValueID) -> [QuantizedLayout] {
    (values[id] ?? [:]).keys.compactMap { layout in
      if case .quantized(let layout) = layout { layout } else { nil }
    }
  }

  /// Marks a value as bytes that are quantized from real numbers at a location.
  func hold(asBytes id: Graph.ValueID, reals location: Location, _ layout: Layout) {
    values[id] = [:]
    reals[id] = (location, layout)
  }

  // MARK: - Locations of values

  /// Returns the location of a value in the plain layout, converting it if necessary.
  package func plain(_ id: Graph.ValueID) -> Location {
    let target = plainLayout(id)
    if let location = values[id]?[target] { return location }
    if let tensor = parameter(id) {
      let location = constant(byteCount: target.byteCount) { target in
        tensor.withUnsafeBytes { source in
          if let start = source.baseAddress { target.copyMemory(from: start, byteCount: source.count) }
        }
      }
      values[id, default: [:]][target] = location
      return location
    }
    if let location = dequantized(id) { return location }
    guard let layout = heldLayout(id), let source = values[id]?[.channelsLast(layout)] else {
      preconditionFailure("\(graph[id].name) is read before it is computed")
    }
    let location = newPlain(id)
    append(
      ConversionStep(
        direction: .toPlanes, source: source, target: location, layout: layout, kernels: kernels(for: layout)),
      converting: id, reads: [source], writes: [location])
    return location
  }

  /// Returns the location of a value in the kernels' layout, converting it if necessary.
  package func pixels(_ id: Graph.ValueID, _ layout: ChannelsLast) -> Location {
    if let location = values[id]?[.channelsLast(layout)] { return location }
    if let location = realPixels(id, layout) { return location }
    let source = plain(id)
    let location = newPixels(id, layout)
    append(
      ConversionStep(
        direction: .toPixels, source: source, target: location, layout: layout, kernels: kernels(for: layout)),
      converting: id, reads: [source], writes: [location])
    return location
  }

  /// Returns a new place for a result in the kernels' layout.
  package func newPixels(_ id: Graph.ValueID, _ layout: ChannelsLast) -> Location {
    newPlace(id, .channelsLast(layout))
  }

  /// Returns a new place for a result in the plain layout.
  package func newPlain(_ id: Graph.ValueID) -> Location { newPlace(id, plainLayout(id)) }

  /// Returns a new place for a result in a layout: the free slot of states that are updated to it, if there are any.
  func newPlace(_ id: Graph.ValueID, _ layout: Layout) -> Location {
    let location: Location
    if let ring = freeSlots[id], stateLayouts[stateRings.rings[ring][0]] == layout {
      location = .freeSlot(ring)
    } else {
      location = newPlace(byteCount: layout.byteCount)
    }
    values[id, default: [:]][layout] = location
    return location
  }

  /// Records that a value has the same location as another one, in a layout.
  package func alias(_ id: Graph.ValueID, _ layout: Layout, at location: Location) {
    values[id, default: [:]][layout] = location
  }

  /// Returns a new place for intermediate numbers.
  package func newPlace(byteCount: Int) -> Location {
    places.append(.init(byteCount: byteCount, life: steps.count...steps.count))
    return .arena(places.count - 1)
  }

  /// Returns a new place in each worker's own memory, for partial sums.
  package func newOwnPlace(byteCount: Int) -> Location {
    ownPlaces.append(.init(byteCount: byteCount, life: steps.count...steps.count))
    return .own(ownPlaces.count - 1)
  }

  // MARK: - Steps

  /// Adds a step of the operation being lowered, or one that converts a value to another layout, with all locations
  /// that it reads and writes.
  package func append(
    _ step: any Step, converting value: Graph.ValueID? = nil, reads: [Location], writes: [Location]
  ) {
    for location in reads + writes {
      switch location {
      case .arena(let place): places[place].include(steps.count)
      case .own(let place): ownPlaces[place].include(steps.count)
      case .input, .state, .freeSlot, .constant: break
      }
    }
    steps.append(step)
    accesses.append(.init(reads: Set(reads), writes: Set(writes)))
    ledger.append(step, converting: value, reads: reads, writes: writes) { bytes(at: $0) }
  }

  /// Returns the size in bytes of the value at a location.
  private func bytes(at location: Location) -> Int {
    switch location {
    case .arena(let place): places[place].byteCount
    case .input(let number): plainLayout(graph.inputs[number]).byteCount
    case .state(let number): stateLayouts[number].byteCount
    case .freeSlot(let ring): stateLayouts[stateRings.rings[ring][0]].byteCount
    case .constant, .own: 0
    }
  }

  /// Reorders the steps, and joins some of them.
  ///
  /// - Parameters:
  ///   - order: The indices of the old steps in each new one.
  ///   - positions: The index of the new step for each old one.
  func rearrange(_ order: [[Int]], _ newSteps: [any Step], _ positions: [Int]) {
    for place in places.indices { places[place].move(to: positions) }
    for place in ownPlaces.indices { ownPlaces[place].move(to: positions) }
    for (number, access) in accesses.enumerated() {
      for location in access.reads.union(access.writes) {
        switch location {
        case .arena(let place): places[place].include(positions[number])
        case .own(let place): ownPlaces[place].include(positions[number])
        case .input, .state, .freeSlot, .constant: break
        }
      }
    }
    steps = newSteps
    accesses = []
    ledger.rearrange(order)
  }

  /// Replaces the latest step by one that includes it.
  ///
  /// The results of the latest step are no longer written, so their places become empty.
  func replaceLast(with step: any Step, writes: [Location]) {
    guard let last = steps.popLast() else { return }
    accesses.removeLast()
    if let producer = last as? any RowProducer, case .arena(let place) = producer.output { places[place].byteCount = 0 }
    append(step, reads: [], writes: writes)
    ledger.joinLatest()
  }

  /// Returns the number of operations, outputs and states that use a value.
  package func useCount(of id: Graph.ValueID) -> Int { links.useCount(of: id) }

  /// Returns whether the operation being lowered may write to a value's memory: it is the only user of the value, and
  /// no other value has the same location.
  package func owns(_ id: Graph.ValueID, at location: Location) -> Bool {
    guard case .arena = location, useCount(of: id) == 1 else { return false }
    return values.allSatisfy { other, layouts in other == id || !layouts.values.contains(location) }
  }

  /// Extends the lifetime of values to the end.
  func keep(_ locations: [Location]) {
    for case .arena(let place) in locations { places[place].life = places[place].life.lowerBound...steps.count }
  }

  /// Adds constants, such as packed weights, which `fill` writes when the plan is complete.
  func constant(byteCount: Int, fill: @escaping (UnsafeMutableRawPointer) -> Void) -> Location {
    defer { constantBytes += (byteCount + 63) / 64 * 64 }
    fills.append((constantBytes, fill))
    ledger.addConstant(.constant(constantBytes), bytes: byteCount)
    return .constant(constantBytes)
  }

  /// Returns a layer's weights and bias as its kernel packs them: packed once if they are parameters, in each run if
  /// they are computed.
  package func packed(
    byteCount: Int, weight: Graph.ValueID, bias: Graph.ValueID?,
    _ pack: @escaping @Sendable (UnsafePointer<Float>, UnsafePointer<Float>?, UnsafeMutableRawPointer) -> Void
  ) -> Location {
    guard let tensor = parameter(weight), bias == nil || bias.flatMap({ parameter($0) }) != nil else {
      let (source, biasSource) = (plain(weight), bias.map { plain($0) })
      let target = newPlace(byteCount: byteCount)
      append(
        PackStep(weight: source, bias: biasSource, target: target, byteCount: byteCount, pack: pack),
        converting: weight, reads: [source] + [biasSource].compactMap { $0 }, writes: [target])
      return target
    }
    let biasTensor = bias.flatMap { parameter($0) }
    return constant(byteCount: byteCount) { target in
      tensor.withUnsafeElements(as: Float.self) { weight in
        biasTensor.withElements { bias in
          if let weight = weight.baseAddress { pack(weight, bias, target) }
        }
      }
    }
  }

  /// Writes all constants to zeroed memory of ``constantBytes`` bytes.
  func fillConstants(_ memory: UnsafeMutableRawPointer) {
    for (start, fill) in fills { fill(memory + start) }
  }
}

extension Optional where Wrapped == Tensor {
  /// Calls `body` with the elements, or with nil for a nil tensor.
  func withElements<Result>(_ body: (UnsafePointer<Float>?) -> Result) -> Result {
    guard let tensor = self else { return body(nil) }
    return tensor.withUnsafeElements(as: Float.self) { body($0.baseAddress) }
  }
}
