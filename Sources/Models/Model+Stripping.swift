import CPU
import IR
import Tensors

extension Model {
  /// Returns a model that computes the same, without the names of layers, parameters and states and without its source, none of
  /// which running it needs. Profiles and errors then name no layers. The model's own name, labels and inputs keep theirs.
  public func stripped() -> Model {
    let (graph, names) = graph.withoutNames()
    // The scales of a quantized weight have a path of their own.
    let scales = names.map { (QuantizationTable.scalePath($0.key), QuantizationTable.scalePath($0.value)) }
    let paths = names.merging(scales) { path, _ in path }
    var quantization = quantization
    if let table = quantization {
      quantization?.values = Dictionary(uniqueKeysWithValues: table.values.map { (names[$0.key] ?? $0.key, $0.value) })
    }
    var tuning = TunedKernels()
    for entry in self.tuning.entries {
      let layers = entry.choices.layers.map { (names[$0.key] ?? $0.key, $0.value) }
      tuning.set(KernelChoices(layers: Dictionary(uniqueKeysWithValues: layers)), for: entry.setting)
    }
    var model = Model(
      name: name, graph: graph,
      weights: Dictionary(uniqueKeysWithValues: weights.map { (paths[$0.key] ?? $0.key, $0.value) }), form: form,
      quantization: quantization, recipes: recipes, labels: labels, tuning: tuning,
      provenance: Provenance(isUntrained: provenance.isUntrained))
    model.stepTiming = stepTiming
    return model
  }
}
