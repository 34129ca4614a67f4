import IR

/// Writes what the states are in the next run, beside what this run has read.
struct StateStep: Step {
  struct Copy {
    let source: Location
    /// The state's number.
    let state: Int
    let byteCount: Int
  }

  let copies: [Copy]

  var kernelName: String { "copy_states" }

  func run(_ memory: WorkerMemory) {
    for copy in copies {
      let bytes = share(of: copy.byteCount, blocks: 64, worker: memory.worker, of: memory.workers)
      (memory.nextState(copy.state) + bytes.lowerBound).copyMemory(
        from: memory.read(copy.source) + bytes.lowerBound, byteCount: bytes.count)
    }
  }
}

extension PlanBuilder {
  /// Adds what follows all operations if the graph has states: it writes them. Between runs they are plain, floating-point numbers
  /// as float32 in every precision.
  func updateStates() {
    guard !graph.states.isEmpty else { return }
    let copies = graph.states.enumerated().map { number, state in
      StateStep.Copy(source: plain(state.next), state: number, byteCount: plainLayout(state.value).byteCount)
    }
    ledger.startStates()
    append(StateStep(copies: copies), reads: copies.map(\.source), writes: [])
  }
}
