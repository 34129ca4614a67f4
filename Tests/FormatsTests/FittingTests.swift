import Formats
import Tensors
import TestSupport
import Testing

/// Weights are found wherever they are in a file.
@Suite struct FittingTests {
  /// The network of the fixtures.
  private static let expected = [
    ExpectedTensor(name: "conv.weight", shape: [3, 2, 3, 1, 1]), ExpectedTensor(name: "norm.weight", shape: [3]),
    ExpectedTensor(name: "norm.bias", shape: [3]), ExpectedTensor(name: "norm.running_mean", shape: [3]),
    ExpectedTensor(name: "norm.running_var", shape: [3]), ExpectedTensor(name: "proj.weight", shape: [5, 3]),
    ExpectedTensor(name: "proj.bias", shape: [5]),
  ]

  private func fitted(_ name: String, key: String? = nil) throws -> FittedWeights {
    try Checkpoint.load(fixture("checkpoints/\(name)")).weights(for: Self.expected, key: key)
  }

  private func difference(_ weights: [String: Tensor], _ reference: [String: Tensor], scale: Float = 1) -> Float {
    reference.reduce(weights.keys.sorted() == reference.keys.sorted() ? 0 : .infinity) { most, entry in
      let found = weights[entry.key]?.elements(as: Float.self) ?? []
      return zip(found, entry.value.elements(as: Float.self)).reduce(most) { max($0, abs($1.0 - scale * $1.1)) }
    }
  }

  @Test(
    "weights are found under any keys and prefixes",
    arguments: [
      ("model_state.pyth", nil, "model_state", 1, 1, "optimizer_state.state.0.momentum"),
      ("state_dict.pt", nil, "state_dict", 1, 0, nil),
      ("data_parallel.pt", nil, "state_dict.module", 1, 0, nil),
      ("lightning.ckpt", nil, "state_dict.model", 1, 2, "criterion.weight"),
      ("lightning.ckpt", "state_dict", "state_dict.model", 1, 2, "criterion.weight"),
      ("ema.pt", "net", "net.module", 1, 8, "ema.n_averaged"),
      ("ema.pt", "net._orig_mod.module", "net.module", 1, 8, nil),
      ("ema.pt", "ema", "ema.module.module", 2, 8, "module.conv.weight"),
      ("ema.pt", "ema.module", "ema.module.module", 2, 8, nil), ("legacy.pt", nil, "model_state", 1, 0, nil),
      ("legacy_module.pt", nil, ".", 1, 0, nil), ("module.pt", nil, ".", 1, 0, nil), ("list.pt", nil, "0", 1, 0, nil),
      ("bare.pth", ".", ".", 1, 0, nil),
    ] as [(String, String?, String, Float, Int, String?)])
  func finds(name: String, key: String?, found: String, scale: Float, unused: Int, first: String?) throws {
    let fitted = try fitted(name, key: key)
    #expect(fitted.key == found)
    #expect(difference(fitted.weights, try self.fitted("bare.pth").weights, scale: scale) == 0)
    #expect(fitted.unusedCount == unused, "\(fitted.unusedTensors)")
    if let first { #expect(fitted.unusedTensors.contains { $0.hasSuffix(first) }, "\(fitted.unusedTensors)") }
  }

  @Test func halvesAndWeightsOfAGPUAreTheSameNumbers() throws {
    #expect(difference(try fitted("cuda.pt").weights, try fitted("bare.pth").weights) < 1e-3)
  }

  @Test func severalSetsOfWeightsAreAskedFor() throws {
    let error = #expect(throws: CheckpointError.self) { try fitted("ema.pt") }
    #expect(error == .severalWeights(path: fixture("checkpoints/ema.pt"), keys: ["net.module", "ema.module.module"]))
    let unknown = #expect(throws: CheckpointError.self) { try fitted("ema.pt", key: "model") }
    #expect(unknown?.description.contains("\"net.module\", \"ema.module.module\"") == true)
  }

  @Test func weightNormIsPutTogether() throws {
    #expect(difference(try fitted("weight_norm.pt").weights, try fitted("bare.pth").weights) < 1e-6)
  }

  @Test func prunedWeightsAreMasked() throws {
    let (pruned, whole) = (try fitted("pruned.pt").weights, try fitted("bare.pth").weights)
    for name in ["conv.weight", "proj.weight"] {
      let (a, b) = (pruned[name]?.elements(as: Float.self) ?? [], whole[name]?.elements(as: Float.self) ?? [])
      #expect(a.count { $0 == 0 } == (a.count + 1) / 2)
      #expect(zip(a, b).allSatisfy { $0 == 0 || $0 == $1 })
    }
    #expect(pruned["norm.weight"] == whole["norm.weight"])
  }

  // MARK: - Names

  private static let names: [String: Tensor] = Dictionary(
    uniqueKeysWithValues: expected.map {
      ($0.name, Tensor([Float](repeating: 0.5, count: $0.shape.reduce(1, *)), shape: $0.shape))
    })

  private func checkpoint(prefixes: [String], factor: Float = 1, extra: [(String, Tensor)] = []) -> Checkpoint {
    var tensors = NamedTensors()
    for (index, prefix) in prefixes.enumerated() {
      for entry in Self.expected {
        tensors[prefix + entry.name] = Tensor(
          [Float](repeating: 0.5 + factor * Float(index), count: entry.shape.reduce(1, *)), shape: entry.shape)
      }
    }
    for (name, tensor) in extra { tensors[name] = tensor }
    return Checkpoint(path: "x.safetensors", tensors: tensors)
  }

  @Test(
    "prefixes of every kind are taken away",
    arguments: [
      ("", "."), ("module.", "module"), ("model.", "model"), ("net._orig_mod.", "net"), ("_orig_mod.", "."),
      ("module.module.", "module.module"), ("_fsdp_wrapped_module.", "."), ("ema_model.module.", "ema_model.module"),
      ("a.b.c.d.e.", "a.b.c.d.e"), ("conv.", "conv"),
    ])
  func takesAwayPrefix(prefix: String, key: String) throws {
    let fitted = try checkpoint(prefixes: [prefix]).weights(for: Self.expected)
    #expect(fitted.weights == Self.names)
    #expect(fitted.key == key)
    #expect(fitted.unusedCount == 0)
  }

  @Test func theSameWeightsTwiceAreNoQuestion() throws {
    let fitted = try checkpoint(prefixes: ["model.", "ema."], factor: 0).weights(for: Self.expected)
    #expect(fitted.key == "model")
    #expect(fitted.alternatives == ["ema"])
  }

  @Test func theOnlyOneThatFitsIsTaken() throws {
    let teacher =
      [("teacher.conv.weight", Tensor(zeros: [30, 2, 3, 1, 1]))]
      + Self.expected.dropFirst().map {
        ("teacher.\($0.name)", Tensor(zeros: $0.shape))
      }
    let fitted = try checkpoint(prefixes: ["student."], extra: teacher).weights(for: Self.expected)
    #expect(fitted.key == "student")
    #expect(fitted.alternatives == ["teacher"])
    #expect(fitted.unusedCount == 7)
    #expect(fitted.unusedTensors.first == "teacher.conv.weight")
  }

  @Test func modulesOutsideOfTheNetworkAndCountersAreLeftAside() throws {
    let scalar = Tensor([7] as [Int64], shape: [])
    let fitted = try checkpoint(
      prefixes: ["model."],
      extra: [
        ("criterion.weight", Tensor(zeros: [5])), ("n_averaged", scalar), ("model.norm.num_batches_tracked", scalar),
        ("model.aux.weight", Tensor(zeros: [1])), ("model.conv.total_ops", Tensor(zeros: [1], elementType: .float64)),
        ("model.conv.calls", scalar),
      ]
    ).weights(for: Self.expected)
    #expect(fitted.unusedTensors == ["criterion.weight", "n_averaged", "model.aux.weight"])
  }

  @Test(
    "a layer of the network's that the model does not know is no detail",
    arguments: ["conv.bias", "norm.more.weight", "proj.lora_A"])
  func refusesUnknownLayer(name: String) {
    let error = #expect(throws: StateDictMismatch.self) {
      try checkpoint(prefixes: ["m."], extra: [("m.\(name)", Tensor(zeros: [3]))]).weights(for: Self.expected)
    }
    #expect(error?.unexpected == [name])
    #expect(error?.key == "m")
  }

  @Test func whatIsOfAnotherArchitectureIsSaidInOneSentence() throws {
    var tensors = NamedTensors()
    for index in 0..<320 { tensors["layer\(index).weight"] = Tensor(zeros: [1]) }
    var error = #expect(throws: StateDictMismatch.self) {
      try Checkpoint(path: "x.pth", tensors: tensors).weights(for: Self.expected)
    }
    error?.supported = ["a", "b"]
    #expect(
      error?.description
        == "x.pth: these are 320 tensors of another architecture (first: \"layer0.weight\"); supported: a, b")
    #expect(error?.details.count == 320)
  }

  @Test func aParametrizationThatIsNotKnownIsNamed() throws {
    let names = ["norm.weight", "norm.bias", "norm.running_mean", "norm.running_var", "proj.weight", "proj.bias"]
    for form in ["conv.weight_orig", "conv.parametrizations.weight.original"] {
      var tensors: NamedTensors = [form: Tensor(zeros: [3, 2, 3, 1, 1])]
      for entry in Self.expected where names.contains(entry.name) { tensors[entry.name] = Tensor(zeros: entry.shape) }
      let checkpoint = Checkpoint(path: "x.pth", tensors: tensors)
      let error = #expect(throws: StateDictMismatch.self) { try checkpoint.weights(for: Self.expected) }
      #expect(error?.description.contains("remove_parametrizations") == true, "\(String(describing: error))")
      #expect(error?.description.contains(form) == true)
    }
  }

  @Test func aParameterThatIsNoTensorIsNamedWithWhatItIs() throws {
    let checkpoint = try Checkpoint.load(fixture("checkpoints/mixed.pt"))
    let names = ["weight", "quantized", "float8"].map { ExpectedTensor(name: $0, shape: [2]) }
    let error = #expect(throws: StateDictMismatch.self) { try checkpoint.weights(for: [names[0], names[1]]) }
    #expect(error?.notTensors.first?.kind == "an object of \"torch._utils._rebuild_qtensor\"")
    #expect(throws: StateDictMismatch.self) { try checkpoint.weights(for: [names[0], names[2]]) }
    #expect(try checkpoint.weights(for: [names[0]]).weights.count == 1)
  }
}
