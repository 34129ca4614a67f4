import Devices
import IR
import Tensors

/// This machine's CPU: every operation, by a kernel where there is one and by its reference meaning elsewhere.
public struct CPUDevice: Device {
  /// The instructions that kernels use.
  public let isa: ISA

  /// The CPU with the best instructions that it has, or those that `ACCELERATOR_ISA` names.
  ///
  /// - Throws: ``RuntimeError/unavailableISA(_:available:)`` if the variable names something that it does not have.
  public init() throws(RuntimeError) { isa = try ISA.preferred() }

  /// The processor's name and instructions.
  public var name: String { "\(Processor.name), \(isa)" }

  /// The host's memory: what there is of it shows when it is taken.
  public var memoryBytes: Int { .max }

  /// All of them.
  public var precisions: [Precision] { Precision.allCases }

  /// Nothing: what it costs is measured where it matters.
  public var hints: DeviceHints { DeviceHints() }

  /// In fp32 what another order of sums makes, in fp16 what rounding does; integers are the same bits everywhere.
  public func tolerance(in precision: Precision) -> Double {
    switch precision {
    case .fp32: 1e-4
    case .fp16: 2e-2
    case .int8: 0
    }
  }

  /// Always.
  public func supports(_ node: Graph.Node, in graph: Graph, precision: Precision) -> Bool { true }

  /// A plan.
  public func compile(
    _ graph: Graph, weights: [String: Tensor], precision: Precision, quantization: QuantizationTable?
  ) throws -> any Executable {
    try Plan(
      graph, weights: weights, inputShapes: graph.inputs.map { graph.type($0).fixedShape ?? [] }, precision: precision,
      quantization: quantization, isa: isa)
  }
}

extension Plan: Executable {
  /// A session.
  public func makeRunner(threads: Int) throws -> any Runner { try Session(self, threads: threads) }
}

extension Session: Runner {}
