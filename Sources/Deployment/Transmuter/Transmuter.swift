import IR
import Models
import Preprocessing
import Tensors

/// Makes the deployable form of a model: finds the parts that efficient blocks of a target device can stand in for, puts those
/// in, and fuses what surrounds them.
///
/// ```swift
/// let deployed = try Transmuter(target: .mobileCPU).deploy(model.graph, weights: model.weights)
/// print(deployed.report.text)
/// try deployed.model(name: "mine").write(to: "mine.accel")
/// ```
/// The given graph and weights stay as they are.
public struct Transmuter: Sendable {
  /// The device.
  public let target: any TargetDevice
  private let rules: [Rewrite]

  /// A transmuter for a device.
  ///
  /// - Parameters:
  ///   - target: The device.
  ///   - rules: Rules of your own (see ``Rewrite``); they come before the device's.
  public init(target: any TargetDevice, rules: [Rewrite] = []) {
    self.target = target
    self.rules = rules
  }

  /// The passes that this transmuter runs, in order.
  public var passes: [Pass] { target.passes(transmutingBy: rules + target.rules) }

  /// The deployable form of a model.
  ///
  /// - Parameters:
  ///   - graph: The model in original form.
  ///   - weights: Its parameters, by path.
  ///   - precision: The number format to run in.
  ///   - inputShapes: For which shapes of the inputs the report counts multiply-adds; none if not given. The deployable form
  ///     itself takes all shapes that the model takes.
  /// - Throws: ``TransmuterError`` if the device has no such format, it takes calibration (int8) or it cannot hold a weight,
  ///   `GraphError` if the graph is not well-formed, a weight is missing, or the input shapes do not fit.
  public func deploy(
    _ graph: Graph, weights: [String: Tensor], precision: Precision = .fp32, inputShapes: [[Int]]? = nil
  ) throws -> DeployedModel {
    guard target.precisions.contains(precision) else {
      throw TransmuterError.precision(precision, target: target.name)
    }
    guard precision != .int8 else { throw TransmuterError.needsCalibration }
    let original = try ModelProgram(graph, weights: weights)
    let counts = try inputShapes.map { try graph.specialized(to: $0).multiplyAdds() }
    let program = try transmuted(original).stored(in: precision)
    let report = TransmuterReport(
      original: original, deployed: program, target: target.name, precision: precision, multiplyAdds: counts)
    return DeployedModel(program: program, report: report, weights: program.weights, quantization: nil)
  }

  /// The program after all passes, in float32.
  func transmuted(_ original: ModelProgram) throws(GraphError) -> ModelProgram {
    var program = original
    for pass in passes { program = try pass.run(program) }
    return program
  }
}

/// A model in deployable form.
public struct DeployedModel: Sendable {
  /// How a model in integers came about.
  public struct Quantization: Sendable {
    /// How values stand for real numbers.
    public let table: QuantizationTable
    /// What it costs in precision.
    public let report: QuantizationReport
  }

  /// The graph with its weights; for a model in integers, those that it stands for.
  public let program: ModelProgram
  /// What was replaced by what, and what was not.
  public let report: TransmuterReport

  /// Its parameters as they are stored, batch norms folded in, and for a model in integers their scales, by path.
  public let weights: [String: Tensor]
  /// For a model in integers, how it came about.
  public let quantization: Quantization?

  /// The graph, of efficient operations.
  public var graph: Graph { program.graph }

  /// The model by itself.
  ///
  /// - Parameters:
  ///   - name: What it is called.
  ///   - source: Where its weights come from, for people.
  ///   - recipes: What inputs want of a clip, by the input's name.
  ///   - labels: What each class is called; none if it is no classifier.
  public func model(
    name: String, source: String = "", recipes: [String: ClipRecipe] = [:], labels: [String] = []
  ) -> Model {
    Model(
      name: name, graph: graph, weights: weights, form: .deployable(target: report.target, precision: report.precision),
      quantization: quantization?.table, recipes: recipes, labels: labels, provenance: .init(source: source))
  }
}
