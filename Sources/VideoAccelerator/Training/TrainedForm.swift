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

/// The network that fine-tuning trains, with how its weights are evaluated and saved.
protocol TrainedForm {
  /// The graph that the trainer trains.
  var network: Graph { get }
  /// The initial weights.
  var weights: [String: Tensor] { get }
  /// The validation score of the initial weights, if they were saved as the best so far.
  var startScore: ModelScore? { get }
  /// Returns the plan for one clip that weights are evaluated with: as they will be deployed.
  func plan(_ weights: [String: Tensor]) throws -> Plan
  /// Saves weights as the latest ones, and as the best ones if `isBest`.
  func keep(_ weights: [String: Tensor], isBest: Bool) throws
  /// Returns the plan of the best weights that were saved; nil if there are none.
  func bestPlan() throws -> Plan?
}

/// A network in original form, in floating point; saved as model folders.
struct FloatForm: TrainedForm {
  let weights: [String: Tensor]
  let startScore: ModelScore? = nil
  private let trained: TrainedNetwork
  private let inputs: ClipInputs
  private let output: String

  var network: Graph { trained.graph }

  init(_ network: TrainedNetwork, weights: [String: Tensor], inputs: ClipInputs, output: String) {
    trained = network
    self.weights = weights
    self.inputs = inputs
    self.output = output
  }

  func plan(_ weights: [String: Tensor]) throws -> Plan {
    try Model(name: "trained", graph: network, weights: weights).deployed(for: .host).model
      .plan(inputShapes: inputs.shapes)
  }

  func keep(_ weights: [String: Tensor], isBest: Bool) throws {
    for path in ["\(output)/last"] + (isBest ? [output] : []) { try trained.write(weights, to: path) }
  }

  func bestPlan() throws -> Plan? {
    guard FileSystem.exists(trained.weightsPath(in: output)) else { return nil }
    return try plan(ModelRequest(output).load().weights)
  }
}

/// A quantized network: training recovers accuracy, and its ranges stay fixed. Saved as `.accel` files.
struct IntegerForm: TrainedForm {
  let network: Graph
  let weights: [String: Tensor]
  var startScore: ModelScore?
  private let start: Model
  private let table: QuantizationTable
  private let inputs: ClipInputs
  private let output: String

  /// Returns the path of the quantized model that training starts from.
  static func start(in output: String) -> String { "\(output)/training/start.accel" }
  /// Returns the path of the best model.
  static func best(in output: String) -> String { "\(output)/model.accel" }

  /// Creates the form of a quantized model that the output folder contains.
  ///
  /// - Parameters:
  ///   - start: The quantized model.
  ///   - weights: The initial weights; nil for the real numbers that its integers represent.
  ///   - inputs: How the network's inputs are made.
  ///   - output: The folder for the results.
  /// - Throws: `ModelRequestError` if the model is not in int8.
  init(_ start: Model, weights: [String: Tensor]? = nil, inputs: ClipInputs, output: String) throws {
    guard let table = start.quantization else {
      throw ModelRequestError.request("\(Self.start(in: output)) is not in int8: begin anew in another folder")
    }
    self.start = start
    self.table = table
    self.inputs = inputs
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

  /// Returns the plan of the model that training starts from.
  func startPlan() throws -> Plan { try plan(integers: start.weights) }

  private func plan(integers: [String: Tensor]) throws -> Plan {
    try Plan(
      start.graph, weights: integers, inputShapes: inputs.shapes, precision: .int8, quantization: table)
  }
}
