import CPU
import Tensors

extension ProfileReport {
  /// The timeline of one run in Chrome's trace event format, which Perfetto opens: a track for each thread, with its
  /// blocks and their steps inside; gaps between steps are waiting.
  public var trace: JSON {
    var events: [JSON] = [Self.metadata("process_name", worker: 0, name: "\(model), \(precision.rawValue)")]
    for worker in 0..<profile.threads {
      events.append(Self.metadata("thread_name", worker: worker, name: "worker \(worker)"))
      events += track(of: profile.timeline.filter { $0.worker == worker }, worker: worker)
    }
    return [
      "displayTimeUnit": "ms",
      "otherData": [
        "model": .string(model), "processor": .string(processor), "precision": .string(precision.rawValue),
        "isa": .string(profile.isa.rawValue), "threads": JSON(profile.threads),
        "input_shape": JSON(profile.inputShapes.first ?? []),
      ],
      "traceEvents": .array(events),
    ]
  }

  /// Returns a worker's clips, their blocks and the steps in those.
  private func track(of events: [Profile.Event], worker: Int) -> [JSON] {
    var result: [JSON] = []
    for clip in events.chunked(by: \.clip) {
      result.append(Self.span(clip, name: "clip \(clip[0].clip)", category: "clip", arguments: [:]))
      for block in clip.chunked(by: { Self.block(of: profile.rows[$0.step].record.path) }) {
        let name = Self.block(of: profile.rows[block[0].step].record.path)
        result.append(Self.span(block, name: name, category: "block", arguments: [:]))
        for event in block { result.append(step(event)) }
      }
    }
    return result
  }

  private func step(_ event: Profile.Event) -> JSON {
    let record = profile.rows[event.step].record
    let operations = record.parts.map(\.operation).joined(separator: "+")
    return Self.span(
      [event], name: operations, category: kind(of: record),
      arguments: [
        "step": JSON(event.step), "path": .string(record.path), "kernel": .string(record.kernel),
        "input_shapes": .array((record.parts.first?.inputShapes ?? []).map { JSON($0) }),
        "output_shapes": .array((record.parts.last?.outputShapes ?? []).map { JSON($0) }),
        "flops": JSON(record.flops / record.repeats), "bytes": JSON(record.bytes / record.repeats),
      ])
  }

  /// Returns a complete event from the start of the first to the end of the last; times are in microseconds.
  private static func span(_ events: [Profile.Event], name: String, category: String, arguments: JSON) -> JSON {
    let last = events[events.count - 1]
    // Rounded to nanoseconds, so that nested events stay nested.
    let start = (events[0].startMilliseconds * 1e6).rounded()
    let end = ((last.startMilliseconds + last.durationMilliseconds) * 1e6).rounded()
    return [
      "ph": "X", "name": .string(name), "cat": .string(category), "pid": 1, "tid": JSON(events[0].worker),
      "ts": .number(start / 1000), "dur": .number((end - start) / 1000), "args": arguments,
    ]
  }

  private static func metadata(_ kind: String, worker: Int, name: String) -> JSON {
    ["ph": "M", "name": .string(kind), "pid": 1, "tid": JSON(worker), "args": ["name": .string(name)]]
  }
}

extension Array {
  /// Returns the runs of neighbors with the same key.
  package func chunked<Key: Equatable>(by key: (Element) -> Key) -> [[Element]] {
    var result: [[Element]] = []
    var latest: Key?
    for element in self {
      let next = key(element)
      if next == latest { result[result.count - 1].append(element) } else { result.append([element]) }
      latest = next
    }
    return result
  }
}
