import Deployment
import Foundation
import IR
import Zoo
import Preprocessing
import CPU
import Tensors

/// A model in deployable form, with what is around it: ready to be planned and run.
///
/// From a zoo model, which is transmuted for this machine, or from an `.accel` file. Plans are made per input shape and
/// kept.
public struct RunnableModel: Sendable {
  /// The model's name.
  public let name: String
  /// The network in deployable form.
  public let graph: Graph
  /// Its parameters, by path; in int8 with their scales.
  public let weights: [String: Tensor]
  /// How values are integers, in int8.
  public let quantization: QuantizationTable?
  /// The number format that it runs in.
  public let precision: Precision
  /// What the model wants of a clip; nil if the file does not say.
  public let recipe: ClipRecipe?
  /// What each class is called; empty if it is no classifier.
  public let labels: [String]
  /// Which kernels are fastest for it on which processors.
  public let tuned: TunedKernels
  private let plans = PlanCache()

  /// A zoo model, in deployable form for a device.
  ///
  /// - Throws: `GraphError` or `TransmuterError` if the model cannot be transmuted.
  public init(_ model: ZooModel, target: any TargetDevice = HostCPU(), precision: Precision = .fp32) throws {
    let deployed = try Transmuter(target: target).deploy(
      model.graph, weights: model.weights, precision: precision)
    self.precision = precision
    tuned = TunedKernels()
    name = model.name
    graph = deployed.graph
    weights = deployed.weights
    quantization = nil
    recipe = model.recipe
    labels = model.labels
  }

  /// The model in an `.accel` file.
  ///
  /// - Parameters:
  ///   - file: What was read.
  ///   - path: Where it was read from, for errors.
  ///   - labels: Names of the classes, instead of the file's.
  ///   - precision: The number format to run in, instead of the file's.
  /// - Throws: `ModelRequestError.notQuantized(model:)` if int8 is asked for and the file is not in int8, `GraphError` if the file's
  ///   weights do not fit its graph, `FormatError` or `DeployableFileError` if the file's preprocessing or tuning is not valid,
  ///   `ModelRequestError.labelCount` if there are more or fewer labels than classes, `NonFiniteWeights`.
  public init(
    _ file: DeployableFile, path: String, labels: [String]? = nil, precision: Precision? = nil
  ) throws {
    self.precision = precision ?? file.precision
    if self.precision == .int8, file.quantization == nil {
      throw ModelRequestError.notQuantized(model: path)
    }
    try file.weights.checkFinite(of: path)
    name = file.name
    graph = file.graph
    // In floating point it computes with the numbers that a file's integers stand for.
    quantization = self.precision == .int8 ? file.quantization : nil
    weights = self.precision == .int8 ? file.weights : try file.floatWeights()
    tuned = try TunedKernels(decoding: file.tuning.document(path: "\(path), tuning"))
    do {
      recipe = file.preprocessing == .null ? nil : try ClipRecipe(decoding: file.preprocessing.document(path: path))
    } catch let error as PreprocessingError {
      throw DeployableFileError.damaged(path: path, reason: "\(error)")
    }
    if let labels, labels.count != file.labels.count {
      throw ModelRequestError.labelCount(model: file.name, labels: labels.count, classes: file.labels.count)
    }
    self.labels = labels ?? file.labels
  }

  /// The plan for inputs of given shapes, one per input; made once.
  ///
  /// - Throws: `GraphError` if the model does not take such inputs, `RuntimeError` if this machine cannot run it.
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
        choices: tuned.choices(for: setting) ?? KernelChoices())
    }
  }
}

/// The plans made so far. Unchecked, because the dictionary is guarded by the lock.
private final class PlanCache: @unchecked Sendable {
  private let lock = NSLock()
  private var plans: [[[Int]]: Plan] = [:]

  func plan(for shapes: [[Int]], make: () throws -> Plan) throws -> Plan {
    try lock.withLock {
      if let plan = plans[shapes] { return plan }
      let plan = try make()
      plans[shapes] = plan
      return plan
    }
  }
}
