import IR

/// Copies the states for the next run that are not computed in the free slots of their rings.
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
      let bytes = memory.share(of: copy.byteCount, blocks: 64)
      (memory.write(.freeSlot(copy.ring)) + bytes.lowerBound).copyMemory(
        from: memory.read(copy.source) + bytes.lowerBound, byteCount: bytes.count)
    }
  }
}

extension PlanBuilder {
  /// Returns the layout of each state between runs: that in which kernels compute the value that it is updated to, if
  /// that is an image, so that nothing is converted.
  func makeStateLayouts() -> [Layout] {
    let sources = Dictionary(uniqueKeysWithValues: graph.states.map { ($0.value, $0.next) })
    // For each state, the value at the end of the states that hand it on; of a circle of them, any.
    var ends: [Graph.ValueID: Graph.ValueID] = [:]
    for state in graph.states {
      var (path, value) = ([Graph.ValueID](), state.value)
      while ends[value] == nil, let next = sources[value] {
        ends[value] = value
        path.append(value)
        value = next
      }
      for id in path { ends[id] = ends[value] ?? value }
    }
    return graph.states.map { layout(of: $0, computedAs: ends[$0.value] ?? $0.next) }
  }

  private func layout(of state: Graph.State, computedAs value: Graph.ValueID) -> Layout {
    let (id, shape) = (state.value, shape(state.value))
    // What is given to the run, and what has other steps of quantization, is handed on as real numbers.
    guard shape.count >= 4, !graph.inputs.contains(value) else { return plainLayout(id) }
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

  /// Returns the rings of the states.
  func makeStateRings() -> StateRings {
    StateRings(graph, byteCounts: stateLayouts.map(\.byteCount)) { follower, source in
      let ids = [follower, source].map { graph.states[$0].value }
      return stateLayouts[follower] == stateLayouts[source] && byteForm(of: ids[0]) == byteForm(of: ids[1])
    }
  }

  /// Adds the step after all operations that copies states, if there are any to copy.
  func updateStates() {
    ledger.startStates()
    let copies = stateRings.rings.enumerated().compactMap { ring, states -> StateStep.Copy? in
      let layout = stateLayouts[states[0]]
      let next = graph.states[states[0]].next
      let source =
        switch layout {
        case .plain: plain(next)
        case .channelsLast(let layout): pixels(next, layout)
        case .quantized(let layout): bytes(next, layout)
        }
      return source == .freeSlot(ring) ? nil : .init(source: source, ring: ring, byteCount: layout.byteCount)
    }
    guard !copies.isEmpty else { return }
    append(StateStep(copies: copies), reads: copies.map(\.source), writes: [])
  }
}
