import CPU
import IR
import Preprocessing
import Tensors

/// A model: what to compute, with which weights, on which inputs, and what the results mean.
///
/// Everything takes and gives this type: builders, checkpoints, the zoo's folders and `.accel` files are sources of one, and
/// sessions run it. A model is in original form, as it was built and trained, or in deployable form, as a transmuter made it for a
/// target device.
///
/// ```swift
/// let model = try Model(contentsOf: "x3d_xs.accel")
/// let session = try Session(model.plan(inputShapes: [1, 3, 4, 182, 182]))
/// ```
public struct Model: Sendable {
  /// Whether a model is as it was built, or compiled.
  public enum Form: Sendable, Hashable {
    /// As built and trained, in fp32.
    case original
    /// As a transmuter made it. The target device's name is a hint: a model runs on every CPU.
    case deployable(target: String, precision: Precision)
  }

  /// Where a model comes from.
  public struct Provenance: Sendable, Equatable {
    /// Where the weights come from, for people.
    public var source: String
    /// How the network was built: what `config.json` holds; null if it is not one of the registered architectures.
    public var architecture: JSON
    /// Whether the weights come from a seed instead of training.
    public var isUntrained: Bool

    /// A provenance.
    public init(source: String = "", architecture: JSON = .null, isUntrained: Bool = false) {
      self.source = source
      self.architecture = architecture
      self.isUntrained = isUntrained
    }
  }

  /// The name that users know it by.
  public var name: String
  /// What is computed.
  public let graph: Graph
  /// The graph's parameters, by path; in int8 with the scales of those that are bytes.
  public let weights: [String: Tensor]
  /// Original or deployable.
  public let form: Form
  /// How values and weights are integers; nil if they are floating-point numbers.
  public let quantization: QuantizationTable?
  /// What inputs want of a clip, by the input's name; none for inputs that are not clips, or of which nothing is known.
  public var recipes: [String: ClipRecipe]
  /// What each class is called; empty if the model is no classifier.
  public var labels: [String]
  /// Which kernels are fastest for it on which processors.
  public var tuning: TunedKernels { didSet { plans = PlanCache() } }
  /// Where it comes from.
  public var provenance: Provenance
  private var plans = PlanCache()

  /// A model from its parts, which ``check()`` looks at.
  public init(
    name: String, graph: Graph, weights: [String: Tensor], form: Form = .original,
    quantization: QuantizationTable? = nil, recipes: [String: ClipRecipe] = [:], labels: [String] = [],
    tuning: TunedKernels = TunedKernels(), provenance: Provenance = Provenance()
  ) {
    self.name = name
    self.graph = graph
    self.weights = weights
    self.form = form
    self.quantization = quantization
    self.recipes = recipes
    self.labels = labels
    self.tuning = tuning
    self.provenance = provenance
  }

  /// Creates a model of one input from its parts, which ``check()`` validates.
  ///
  /// - Parameters:
  ///   - name: The name that users know it by.
  ///   - graph: The graph.
  ///   - weights: The graph's parameters, by path; in int8 with the scales of those that are bytes.
  ///   - form: Original or deployable.
  ///   - quantization: How values and weights are quantized; nil for floating point.
  ///   - recipe: How the input's clips are made; nil if it is not known.
  ///   - labels: The names of the classes; empty if the model is not a classifier.
  ///   - provenance: Where the model comes from.
  public init(
    name: String, graph: Graph, weights: [String: Tensor], form: Form = .original,
    quantization: QuantizationTable? = nil, recipe: ClipRecipe?, labels: [String] = [],
    provenance: Provenance = Provenance()
  ) {
    let input = graph.inputTypes.first?.name
    let recipes = input.flatMap { name in recipe.map { [name: $0] } } ?? [:]
    self.init(
      name: name, graph: graph, weights: weights, form: form, quantization: quantization, recipes: recipes,
      labels: labels, provenance: provenance)
  }
}

extension Model {
  /// Whether it is in deployable form.
  public var isDeployable: Bool { form != .original }

  /// The number format that it runs in.
  public var precision: Precision {
    switch form {
    case .original: .fp32
    case .deployable(_, let precision): precision
    }
  }

  /// The target device that it was made for; nil in original form.
  public var target: String? {
    switch form {
    case .original: nil
    case .deployable(let target, _): target
    }
  }

  /// What the model wants of a clip, if a clip is all that it takes.
  public var recipe: ClipRecipe? { graph.inputs.count == 1 ? recipes.first?.value : nil }

  /// What the model wants of a clip, for what cannot do without it.
  ///
  /// - Throws: ``ModelError/noRecipe(model:)``.
  public func requiredRecipe() throws(ModelError) -> ClipRecipe {
    guard let recipe else { throw .noRecipe(model: name) }
    return recipe
  }

  /// The shape of one clip by the recipe: `[1, 3, T, crop, crop]`.
  public var clipShape: [Int]? { recipe?.clipShape }

  /// The shape of one clip for each input, in order; nil if an input's is not known.
  public var clipShapes: [[Int]]? {
    let shapes = graph.inputTypes.compactMap { recipes[$0.name]?.clipShape }
    return shapes.count == graph.inputs.count ? shapes : nil
  }

  /// Checks that the parts fit together: graph and weights, numbers, recipes and labels.
  ///
  /// - Throws: `GraphError` if the graph is not well-formed, a weight is missing or of another type, or the graph does not take
  ///   the recipes' clips; `NonFiniteWeights`; ``ModelError/labelCount(model:labels:classes:)``.
  public func check() throws {
    if let quantization {
      try graph.verify()
      try quantization.check(weights: weights, for: graph)
    } else {
      try graph.check(weights: weights)
    }
    try weights.checkFinite(of: name)
    let whole = try clipShapes.map { try graph.specialized(to: $0) } ?? graph
    guard !labels.isEmpty, let output = whole.outputs.first, let count = whole.type(output).shape.last?.value else {
      return
    }
    guard labels.count == count else {
      throw ModelError.labelCount(model: name, labels: labels.count, classes: count)
    }
  }

  /// The weights as float32 or float16, whatever they are stored as: the numbers that integers stand for.
  ///
  /// - Throws: `GraphError` if tensors are missing or of other types.
  public func floatWeights() throws(GraphError) -> [String: Tensor] {
    try quantization?.floatWeights(weights, for: graph) ?? weights
  }

  /// A deployable model in another number format, which takes no calibration: in fp32 or fp16, with the numbers that its
  /// integers stand for.
  ///
  /// - Throws: ``ModelError/notDeployable(model:)`` for a model in original form, ``ModelError/notQuantized(model:)`` for int8 of a
  ///   model in floating point; `GraphError`.
  public func running(in precision: Precision) throws -> Model {
    guard let target else { throw ModelError.notDeployable(model: name) }
    guard precision != self.precision else { return self }
    guard precision != .int8 else { throw ModelError.notQuantized(model: name) }
    return Model(
      name: name, graph: graph, weights: try floatWeights(),
      form: .deployable(target: target, precision: precision), recipes: recipes, labels: labels, tuning: tuning,
      provenance: provenance)
  }

  /// The plan for inputs of given shapes, one per input; made once.
  ///
  /// - Throws: As ``plan(inputShapes:)-swift.method``.
  public func plan(inputShapes: [Int]...) throws -> Plan { try plan(inputShapes: inputShapes) }

  /// The plan for inputs of given shapes, one per input; made once, with the kernels that tuning chose for this processor.
  ///
  /// - Throws: `GraphError` if the model does not take such inputs, `RuntimeError` if this machine cannot run it.
  public func plan(inputShapes: [[Int]]) throws -> Plan {
    try plans.plan(for: inputShapes) {
      let isa = try ISA.preferred()
      let setting = TunedSetting(isa: isa, precision: precision, inputShapes: inputShapes)
      return try Plan(
        graph, weights: weights, inputShapes: inputShapes, precision: precision, quantization: quantization, isa: isa,
        choices: tuning.choices(for: setting) ?? KernelChoices())
    }
  }
}
