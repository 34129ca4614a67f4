import IR
import Tensors

/// Runs an integer operation that has no kernel by the reference implementation of its form, on one worker.
///
/// It is exact to the last bit, but slow, and allocates while it runs.
struct IntegerReferenceStep: Step {
  /// A value of the plan, with its location and layout.
  struct Place {
    let location: Location
    let shape: [Int]
    let form: QuantizationTable.Form?
  }

  let name: String
  let meaning: @Sendable ([QuantizedValue]) -> [QuantizedValue]
  let inputs: [Place]
  let results: [Place]

  var kernelName: String { "reference_qu8_\(name)" }
  var isSerial: Bool { true }

  func run(_ memory: WorkerMemory) {
    let values = inputs.map { $0.read(memory) }
    for (place, value) in zip(results, meaning(values)) { place.write(value.stored, memory) }
  }
}

extension IntegerReferenceStep.Place {
  fileprivate func read(_ memory: WorkerMemory) -> QuantizedValue {
    switch form {
    case .byte(let quantization):
      let bytes = memory.bytes(location)
      return .bytes(tensor(.pixels) { QuantizationParameters.value(stored: bytes[$0]) }, quantization)
    case .word(let scale):
      let words = memory.read(location).assumingMemoryBound(to: Int16.self)
      return .words(tensor(.words) { words[$0] }, scale: scale)
    case nil:
      let count = shape.reduce(1, *)
      return .real(Tensor(Array(UnsafeBufferPointer(start: memory.floats(location), count: count)), shape: shape))
    }
  }

  fileprivate func write(_ tensor: Tensor, _ memory: WorkerMemory) {
    switch form {
    case .byte:
      let (values, bytes) = (tensor.elements(as: Int8.self), memory.writeBytes(location))
      forEachElement(.pixels) { bytes[$1] = QuantizationParameters.stored(values[$0]) }
    case .word:
      let words = memory.write(location).assumingMemoryBound(to: Int16.self)
      let values = tensor.elements(as: Int16.self)
      forEachElement(.words) { words[$1] = values[$0] }
    case nil:
      let values = tensor.elements(as: Float.self)
      memory.writeFloats(location).update(from: values, count: values.count)
    }
  }

  private func tensor<Element: TensorElement>(
    _ form: QuantizedLayout.Form, _ element: (Int) -> Element
  ) -> Tensor {
    var values = [Element](repeating: element(0), count: shape.reduce(1, *))
    forEachElement(form) { values[$0] = element($1) }
    return Tensor(values, shape: shape)
  }

  /// Calls `body` with the index of each element in a tensor and in the kernels' layout.
  private func forEachElement(_ form: QuantizedLayout.Form, _ body: (Int, Int) -> Void) {
    let layout = QuantizedLayout(shape, form)
    var index = 0
    for n in 0..<layout.images {
      for c in 0..<layout.channels {
        for t in 0..<layout.frames {
          for h in 0..<layout.height {
            let row = ((n * layout.height + h) * layout.frames + t) * layout.width
            for w in 0..<layout.width {
              body(index, (row + w) * layout.pixel + c)
              index += 1
            }
          }
        }
      }
    }
  }
}

extension PlanBuilder {
  /// Adds a step that runs an operation's integer form by its reference implementation.
  func lowerToReference(_ node: Graph.Node, _ form: IntegerForm) {
    let inputs = node.inputs.map { id in
      let isInteger = form.data.contains(id)
      let location =
        !isInteger
        ? plain(id) : id == form.words ? words(id) : bytes(id, QuantizedLayout(shape(id), .pixels))
      return IntegerReferenceStep.Place(
        location: location, shape: shape(id), form: isInteger ? quantization?.table.values[graph[id].name] : nil)
    }
    let results = node.results.enumerated().map { number, id in
      // Results after the first are real numbers, which are quantized after the step if integer operations take them.
      let form = number == 0 ? quantization?.table.values[graph[id].name] : nil
      let location =
        switch form {
        case .byte: newPlace(id, .quantized(QuantizedLayout(shape(id), .pixels)))
        case .word: newPlace(id, .quantized(QuantizedLayout(shape(id), .words)))
        case nil: newPlain(id)
        }
      return IntegerReferenceStep.Place(location: location, shape: shape(id), form: form)
    }
    let name = graph[node.results[0]].name
    let stored = Dictionary(
      uniqueKeysWithValues: [form.layer?.weight, form.layer?.bias].compactMap { $0 }
        .compactMap { id in storedParameter(id).map { (id, $0) } })
    let scales = form.layer.flatMap { storedScales($0.weight)?.elements(as: Float.self) } ?? []
    let (result, prologue) = (quantization?.table.values[name], quantization?.table.prologues[name])
    append(
      IntegerReferenceStep(
        name: node.operation.name,
        meaning: { values in
          form.meaning(
            IntegerOperands(
              form, values: values, result: result, prologue: prologue, stored: { stored[$0] }, scales: { _ in scales })
          )
        }, inputs: inputs, results: results), reads: inputs.map(\.location), writes: results.map(\.location))
  }
}
