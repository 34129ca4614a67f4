import CPU
import IR
import Preprocessing
import Tensors

/// A model: a graph with its weights, the preprocessing of its inputs and the labels of its classes.
///
/// Builders, checkpoints, the zoo's folders and `.accel` files are sources of models, and sessions run them. A model is
/// in original form, as it was built and trained, or in deployable form, as a transmuter made it for a target device.
///
/// ```swift
/// let model = try Model(contentsOf: "x3d_xs.accel")
/// let session = try Session(model.plan(inputShapes: [1, 3, 4, 182, 182]))
/// ```
public struct Model: Sendable {
  /// The form of a model: original or deployable.
  public enum Form: Sendable, Hashable {
    /// As it was built and trained, in fp32.
    case original
    /// As a transmuter made it. The target device's name is a hint: the model runs on every CPU.
    case deployable(target: String, precision: Precision)
  }

  /// The origin of a model.
  public struct Provenance: Sendable, Equatable {
    /// A description of where the weights come from.
    public var source: String
    /// The options of the network's architecture, as in `config.json`; null if it is not a registered architecture.
    public var architecture: JSON
    /// Whether the weights are random instead of trained.
    public var isUntrained: Bool

    /// Creates a provenance.
    ///
    /// - Parameters:
    ///   - source: A description of where the weights come from.
    ///   - architecture: The options of the network's architecture; null if it is not a registered one.
    ///   - isUntrained: Whether the weights are random instead of trained.
    public init(source: String = "", architecture: JSON = .null, isUntrained: Bool = false) {
      self.source = source
      self.architecture = architecture
      self.isUntrained = isUntrained
    }
  }

  /// The name that users know it by.
  public var name: String
  /// The graph.
  public let graph: Graph
  /// The graph's parameters, by path; in int8 with the scales of those that are bytes.
  public let weights: [String: Tensor]
  /// The form, original or deployable.
  public let form: Form
  /// How values and weights are quantized; nil for floating point.
  public let quantization: QuantizationTable?
  /// How the clips of inputs are made, by the input's name; inputs that are not clips, or whose recipe is not known,
  /// have none.
  public var recipes: [String: ClipRecipe]
  /// The label of each class; empty if the model is not a classifier.
  public var labels: [String]
  /// When the results of a model that takes one frame after the other are valid; nil if all are, as those of clips.
  public var stepTiming: StepTiming?
  /// The kernels that tuning chose, for each setting.
  public var tuning: TunedKernels { didSet { plans = PlanCache() } }
  /// The origin of the model.
  public var provenance: Provenance
  private var plans = PlanCache()

  /// Creates a model from its parts, which ``check()`` validates.
  ///
  /// - Parameters:
  ///   - name: The name that users know it by.
  ///   - graph: The graph.
  ///   - weights: The graph's parameters, by path; in int8 with the scales of those that are bytes.
  ///   - form: Original or deployable.
  ///   - quantization: How values and weights are quantized; nil for floating point.
  ///   - recipes: How the clips of inputs are made, by the input's name.
  ///   - labels: The label of each class; empty if the model is not a classifier.
  ///   - tuning: The kernels that tuning chose.
  ///   - provenance: The origin of the model.
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

  /// The precision that the model runs in.
  public var precision: Precision {
    switch form {
    case .original: .fp32
    case .deployable(_, let precision): precision
    }
  }

  /// The name of the target device that the model was made for; nil in original form.
  public var target: String? {
    switch form {
    case .original: nil
    case .deployable(let target, _): target
    }
  }

  /// How all inputs are made of one clip of a video; nil if an input's recipe is not known, or the recipes are not those of
  /// one clip.
  public var clipInputs: ClipInputs? {
    let own = graph.inputTypes.compactMap { recipes[$0.name] }
    return own.count == graph.inputs.count ? try? ClipInputs(own) : nil
  }

  /// Returns ``clipInputs``, or throws if it is nil.
  ///
  /// - Throws: ``ModelError/noRecipe(model:)``.
  public func requiredClipInputs() throws(ModelError) -> ClipInputs {
    guard let clipInputs else { throw .noRecipe(model: name) }
    return clipInputs
  }

  /// How the clip is made that all inputs are made of; nil if there is no such clip.
  public var recipe: ClipRecipe? { clipInputs?.clip }

  /// Returns ``recipe``, or throws if it is nil.
  ///
  /// - Throws: ``ModelError/noRecipe(model:)``.
  public func requiredRecipe() throws(ModelError) -> ClipRecipe { try requiredClipInputs().clip }

  /// The shape of one clip for each input, in order: by the recipes, or the inputs' own if their lengths are known but for
  /// the number of clips; nil if an input's is not known.
  public var clipShapes: [[Int]]? {
    let shapes = graph.inputTypes.compactMap { name, type -> [Int]? in
      if let recipe = recipes[name] { return recipe.clipShape }
      let lengths = type.shape.enumerated().compactMap { axis, length in length.value ?? (axis == 0 ? 1 : nil) }
      return lengths.count == type.rank ? lengths : nil
    }
    return shapes.count == graph.inputs.count ? shapes : nil
  }

  /// Checks that the parts fit together: graph and weights, numbers, recipes and labels.
  ///
  /// - Throws: `GraphError` if the graph is not well-formed, a weight is missing or of another type, or the graph does not take
  ///   the recipes' clips; `NonFiniteWeights`; ``ModelError/labelCount(model:labels:classes:)``.
  public func check() throws {
    if case .deployable(_, .int8) = form, quantization == nil { throw ModelError.notQuantized(model: name) }
    for input in recipes.keys.sorted() where !graph.inputTypes.contains(where: { $0.name == input }) {
      throw ModelError.unknownInput(model: name, input: input)
    }
    if let quantization {
      try graph.verify()
      try quantization.check(weights: weights, for: graph)
    } else {
      try graph.check(weights: weights)
    }
    try weights.checkFinite(of: name, masks: graph.masks)
    let whole = try clipShapes.map { try graph.specialized(to: $0) } ?? graph
    guard !labels.isEmpty, let output = whole.outputs.first, let count = whole.type(output).shape.last?.value else {
      return
    }
    guard labels.count == count else {
      throw ModelError.labelCount(model: name, labels: labels.count, classes: count)
    }
  }

  /// Returns the weights as float32 or float16, whatever they are stored as: the real numbers that integers represent.
  ///
  /// - Throws: `GraphError` if tensors are missing or of other types.
  public func floatWeights() throws(GraphError) -> [String: Tensor] {
    try quantization?.floatWeights(weights, for: graph) ?? weights
  }

  /// Returns a deployable model in another precision that needs no calibration: fp32 or fp16, with the real numbers
  /// that its integers represent.
  ///
  /// - Parameter precision: The precision to run in.
  /// - Throws: ``ModelError/notDeployable(model:)`` for a model in original form, ``ModelError/notQuantized(model:)`` for int8 of a
  ///   model in floating point; `GraphError`, also if a weight overflows.
  public func running(in precision: Precision) throws -> Model {
    guard let target else { throw ModelError.notDeployable(model: name) }
    guard precision != self.precision else { return self }
    guard precision != .int8 else { throw ModelError.notQuantized(model: name) }
    var model = Model(
      name: name, graph: graph, weights: try floatWeights().stored(in: precision),
      form: .deployable(target: target, precision: precision), recipes: recipes, labels: labels, tuning: tuning,
      provenance: provenance)
    model.stepTiming = stepTiming
    return model
  }

  /// Returns the plan for inputs of given shapes, one per input; it is made once for each.
  ///
  /// - Parameter inputShapes: The shape of each input.
  /// - Throws: As ``plan(inputShapes:)-swift.method``.
  public func plan(inputShapes: [Int]...) throws -> Plan { try plan(inputShapes: inputShapes) }

  /// Returns the plan for inputs of given shapes, one per input, with the kernels that tuning chose for this processor;
  /// it is made once for each.
  ///
  /// - Parameter inputShapes: The shape of each input.
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
