import IR

/// Writes the states for the next run, to another bank than the one that this run reads.
struct StateStep: Step {
  struct Copy {
    let source: Location
    /// The index of the state.
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
  /// Adds the step after all operations that writes the states, if the graph has any. Between runs states are plain;
  /// floating-point ones are float32 in every precision.
  func updateStates() {
    guard !graph.states.isEmpty else { return }
    let copies = graph.states.enumerated().map { number, state in
      StateStep.Copy(source: plain(state.next), state: number, byteCount: plainLayout(state.value).byteCount)
    }
    ledger.startStates()
    append(StateStep(copies: copies), reads: copies.map(\.source), writes: [])
  }
}
