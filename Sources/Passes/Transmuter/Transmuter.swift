import IR
import Models
import Tensors

/// Makes the deployable form of a model: replaces parts of the graph by efficient blocks of a target device, and fuses
/// the operations around them.
///
/// ```swift
/// let deployed = try Transmuter(target: .mobileCPU).deploy(model)
/// print(deployed.report.text)
/// try deployed.model.write(to: "mine.accel")
/// ```
/// The given model stays as it is.
public struct Transmuter: Sendable {
  /// The target device.
  public let target: any TargetDevice
  private let rules: [Rewrite]

  /// Creates a transmuter for a device.
  ///
  /// - Parameters:
  ///   - target: The target device.
  ///   - rules: Custom rules (see ``Rewrite``), which are tried before the device's.
  public init(target: any TargetDevice, rules: [Rewrite] = []) {
    self.target = target
    self.rules = rules
  }

  /// The passes that this transmuter runs, in order.
  public var passes: [Pass] { target.passes(transmutingBy: rules + target.rules) }

  /// Returns the deployable form of a model, in floating point.
  ///
  /// - Parameters:
  ///   - model: The model in original form.
  ///   - precision: The number format to run in.
  ///   - inputShapes: The shapes of the inputs for which the report counts multiply-adds; nil for one clip's. The
  ///     deployable form itself takes all shapes that the model takes.
  /// - Throws: ``TransmuterError`` if the device does not support the format, or the format needs calibration (int8);
  ///   `GraphError` if the graph is not well-formed, a weight is missing or overflows, or the input shapes do not fit.
  public func deploy(
    _ model: Model, precision: Precision = .fp32, inputShapes: [[Int]]? = nil
  ) throws -> DeployedModel {
    guard target.precisions.contains(precision) else {
      throw TransmuterError.precision(precision, target: target.name)
    }
    guard precision != .int8 else { throw TransmuterError.needsCalibration }
    // After batch norms are folded, so that each weight is rounded only once.
    let program = try transmuted(model).stored(in: precision)
    return try deployed(
      model, as: program, weights: program.weights, precision: precision, inputShapes: inputShapes)
  }

  /// Returns the model's program after all passes, in float32.
  package func transmuted(_ model: Model) throws(GraphError) -> ModelProgram {
    var program = try ModelProgram(model.graph, weights: model.weights)
    for pass in passes { program = try pass.run(program) }
    return program
  }

  /// Returns a model with a program that this transmuter made from it.
  ///
  /// - Parameters:
  ///   - model: The model in original form.
  ///   - program: The program in deployable form.
  ///   - weights: The parameters as they are stored.
  ///   - precision: The number format.
  ///   - quantization: For int8, how values and weights are quantized.
  ///   - inputShapes: The shapes of the inputs for which the report counts multiply-adds; nil for one clip's.
  package func deployed(
    _ model: Model, as program: ModelProgram, weights: [String: Tensor], precision: Precision,
    quantization: QuantizationTable? = nil, inputShapes: [[Int]]?
  ) throws(GraphError) -> DeployedModel {
    var counts: [Int]?
    if let shapes = inputShapes ?? model.clipShapes { counts = try model.graph.specialized(to: shapes).multiplyAdds() }
    let report = TransmuterReport(
      original: try ModelProgram(model.graph, weights: model.weights), deployed: program, target: target.name,
      precision: precision, multiplyAdds: counts)
    var deployable = Model(
      name: model.name, graph: program.graph, weights: weights,
      form: .deployable(target: target.name, precision: precision), quantization: quantization, recipes: model.recipes,
      labels: model.labels, provenance: .init(source: model.provenance.source))
    deployable.stepTiming = model.stepTiming
    return DeployedModel(model: deployable, report: report, program: program)
  }
}

/// A model in deployable form, and how it was made.
public struct DeployedModel: Sendable {
  /// The model in deployable form.
  public let model: Model
  /// The replacements that were made, and why others were not.
  public let report: TransmuterReport
  /// The graph with the weights in floating point, and the origins of its operations.
  package let program: ModelProgram
}
