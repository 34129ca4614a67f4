import IR

/// Writes the states for the next run, each to the free slot of its ring.
struct StateStep: Step {
  struct Copy {
    let source: Location
    let ring: Int
    let byteCount: Int
  }

  let copies: [Copy]

  var kernelName: String { "copy_states" }

  func run(_ memory: WorkerMemory) {
    for copy in copies {
      let bytes = share(of: copy.byteCount, blocks: 64, worker: memory.worker, of: memory.workers)
      (memory.nextState(copy.ring) + bytes.lowerBound).copyMemory(
        from: memory.read(copy.source) + bytes.lowerBound, byteCount: bytes.count)
    }
  }
}

extension PlanBuilder {
  /// Returns the layout of a state between runs: that in which kernels compute the value that it is updated to, if that
  /// is an image, so that nothing is converted.
  func stateLayout(_ state: Graph.State) -> Layout {
    let (id, shape) = (state.value, shape(state.value))
    // What is given to the run, and what has other steps of quantization, is handed on as real numbers.
    guard shape.count >= 4, !graph.inputs.contains(state.next) else { return plainLayout(id) }
    guard byteForm(of: id) == byteForm(of: state.next), wordScale(of: state.next) == nil else { return plainLayout(id) }
    if byteForm(of: id) != nil { return .quantized(QuantizedLayout(shape, .pixels)) }
    return channelsLast(id).map { .channelsLast($0.preferred) } ?? plainLayout(id)
  }

  /// Returns how a state is saved.
  func stateCoding(_ number: Int) -> StateCoding {
    let layout = stateLayouts[number]
    var set = kernels
    if case .channelsLast(let pixels) = layout { set = kernels(for: pixels) }
    return StateCoding(
      layout: layout, kernels: set, quantization: byteForm(of: graph.states[number].value), isa: isa)
  }

  /// Returns the rings of the states, which have been held in their layouts.
  func stateRings() -> StateRings {
    StateRings(graph, byteCounts: stateLayouts.map(\.byteCount)) { follower, source in
      let ids = [follower, source].map { graph.states[$0].value }
      return stateLayouts[follower] == stateLayouts[source] && byteForm(of: ids[0]) == byteForm(of: ids[1])
    }
  }

  /// Adds the step after all operations that writes the states, if the graph has any.
  func updateStates(_ rings: StateRings) {
    guard !rings.rings.isEmpty else { return }
    ledger.startStates()
    let copies = rings.rings.enumerated().map { ring, states in
      let layout = stateLayouts[states[0]]
      let next = graph.states[states[0]].next
      let source =
        switch layout {
        case .plain: plain(next)
        case .channelsLast(let layout): pixels(next, layout)
        case .quantized(let layout): bytes(next, layout)
        }
      return StateStep.Copy(source: source, ring: ring, byteCount: layout.byteCount)
    }
    append(StateStep(copies: copies), reads: copies.map(\.source), writes: [])
  }
}
