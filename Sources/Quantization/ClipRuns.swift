import IR
import Tensors

/// The runs that a clip takes: one, or, of a network with states, one for each step of its frames.
struct ClipRuns {
  /// For each input, the number of frames that a run takes, axis 2 of `[N, C, T, …]`; nil if it takes all.
  private let lengths: [Int?]

  /// Prepares the runs of a graph.
  init(_ graph: Graph) {
    lengths = graph.inputs.map { id in
      let shape = graph.type(id).shape
      return graph.states.isEmpty || shape.count < 3 ? nil : shape[2].value
    }
  }

  /// Returns the shapes of a run's inputs for clips with inputs of some shapes.
  func shapes(ofClips shapes: [[Int]]) -> [[Int]] {
    zip(shapes, lengths).map { shape, length in
      var shape = shape
      if let length, shape.count > 2 { shape[2] = min(shape[2], length) }
      return shape
    }
  }

  /// Returns the inputs of each run, in order; a rest of frames that is too short for a run is left out.
  func inputs(of clip: Calibration.Clip) -> [[Tensor]] {
    let counts = zip(clip.inputs, lengths).compactMap { input, length in
      length.flatMap { $0 > 0 && input.rank > 2 ? input.shape[2] / $0 : nil }
    }
    guard let count = counts.min() else { return [clip.inputs] }
    return (0..<count).map { run in
      zip(clip.inputs, lengths).map { input, length in
        guard let length, input.rank > 2 else { return input }
        return Operations.Slice(axis: 2, start: run * length, end: (run + 1) * length).evaluate([input])[0]
      }
    }
  }
}
