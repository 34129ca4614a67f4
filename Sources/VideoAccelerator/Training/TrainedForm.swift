import Passes
import Foundation
import IR
import Models
import Zoo
import Architectures
import Preprocessing
import CPU
import Tensors
import Training

/// What a run of fine-tuning trains, how that is judged, and what is kept of it.
protocol TrainedForm {
  /// What the trainer trains.
  var network: Graph { get }
  /// What training begins with.
  var weights: [String: Tensor] { get }
  /// What that is worth in validation, if it was kept as the best so far.
  var startScore: ModelScore? { get }
  /// The plan for one clip by which weights are judged: as they will be deployed.
  func plan(_ weights: [String: Tensor]) throws -> Plan
  /// Keeps weights as the latest, and as the best if they are.
  func keep(_ weights: [String: Tensor], isBest: Bool) throws
  /// The plan of the best weights that were kept; nil if there are none.
  func bestPlan() throws -> Plan?
}

/// A network in original form, in floating point; what is kept are model folders.
struct FloatForm: TrainedForm {
  let weights: [String: Tensor]
  let startScore: ModelScore? = nil
  private let trained: TrainedNetwork
  private let recipe: ClipRecipe
  private let output: String

  var network: Graph { trained.graph }

  init(_ network: TrainedNetwork, weights: [String: Tensor], recipe: ClipRecipe, output: String) {
    trained = network
    self.weights = weights
    self.recipe = recipe
    self.output = output
  }

  func plan(_ weights: [String: Tensor]) throws -> Plan {
    try Model(name: "trained", graph: network, weights: weights).deployed(for: .host).model
      .plan(inputShapes: recipe.clipShape)
  }

  func keep(_ weights: [String: Tensor], isBest: Bool) throws {
    for path in ["\(output)/last"] + (isBest ? [output] : []) { try trained.write(weights, to: path) }
  }

  func bestPlan() throws -> Plan? {
    guard FileSystem.exists(trained.weightsPath(in: output)) else { return nil }
    return try plan(ModelRequest(output).load().weights)
  }
}

/// A network in integers, quantized already: training makes up for what that cost, and its ranges stay. What is kept are `.accel`
/// files.
struct IntegerForm: TrainedForm {
  let network: Graph
  let weights: [String: Tensor]
  var startScore: ModelScore?
  private let start: Model
  private let table: QuantizationTable
  private let recipe: ClipRecipe
  private let output: String

  /// Where the model that training begins with is.
  static func start(in output: String) -> String { "\(output)/training/start.accel" }
  /// Where the best model is.
  static func best(in output: String) -> String { "\(output)/model.accel" }

  /// The form of a model that was quantized just now, and is written to the output folder; or of one that is there.
  ///
  /// - Parameters:
  ///   - start: The quantized model.
  ///   - weights: What training begins with; the numbers that its integers stand for if not given.
  init(_ start: Model, weights: [String: Tensor]? = nil, recipe: ClipRecipe, output: String) throws {
    guard let table = start.quantization else {
      throw ModelRequestError.request("\(Self.start(in: output)) is not in int8: begin anew in another folder")
    }
    self.start = start
    self.table = table
    self.recipe = recipe
    self.output = output
    self.weights = try weights ?? start.floatWeights()
    network = try table.trainingForm(of: start.graph, weights: self.weights)
  }

  func plan(_ weights: [String: Tensor]) throws -> Plan {
    try plan(integers: table.integerWeights(weights, for: start.graph))
  }

  func keep(_ weights: [String: Tensor], isBest: Bool) throws {
    let file = Model(
      name: start.name, graph: start.graph, weights: try table.integerWeights(weights, for: start.graph),
      form: start.form, quantization: table, recipes: start.recipes, labels: start.labels, provenance: start.provenance)
    for path in ["\(output)/last.accel"] + (isBest ? [Self.best(in: output)] : []) { try file.write(to: path) }
  }

  func bestPlan() throws -> Plan? {
    let path = Self.best(in: output)
    guard FileSystem.exists(path) else { return nil }
    return try plan(integers: Model(contentsOf: path).weights)
  }

  /// The plan of the model that training begins with.
  func startPlan() throws -> Plan { try plan(integers: start.weights) }

  private func plan(integers: [String: Tensor]) throws -> Plan {
    try Plan(
      start.graph, weights: integers, inputShapes: [recipe.clipShape], precision: .int8, quantization: table)
  }
}
