import Devices
import IR
import Tensors

/// This machine's CPU: every operation, with a kernel if there is one, otherwise with its reference implementation.
public struct CPUDevice: Device {
  /// The instruction set that kernels use.
  public let isa: ISA

  /// Creates the CPU with its best instruction set, or the one that `ACCELERATOR_ISA` names.
  ///
  /// - Throws: ``RuntimeError/unavailableISA(_:available:)`` if the variable names an instruction set that the
  ///   processor lacks.
  public init() throws(RuntimeError) { isa = try ISA.preferred() }

  /// The processor's name and instruction set.
  public var name: String { "\(Processor.name), \(isa)" }

  /// Unlimited: whether the host's memory suffices shows when it is allocated.
  public var memoryBytes: Int { .max }

  /// All number formats.
  public var precisions: [Precision] { Precision.allCases }

  /// No hints: latencies are measured where they matter.
  public var hints: DeviceHints { DeviceHints() }

  /// Returns the error of another order of sums in fp32, and of rounding in fp16; integers are the same bits
  /// everywhere.
  public func tolerance(in precision: Precision) -> Double {
    switch precision {
    case .fp32: 1e-4
    case .fp16: 2e-2
    case .int8: 0
    }
  }

  /// True for every operation.
  public func supports(_ node: Graph.Node, in graph: Graph, precision: Precision) -> Bool { true }

  /// Returns a plan.
  public func compile(
    _ graph: Graph, weights: [String: Tensor], precision: Precision, quantization: QuantizationTable?
  ) throws -> any Executable {
    try Plan(
      graph, weights: weights, inputShapes: graph.inputs.map { graph.type($0).fixedShape ?? [] }, precision: precision,
      quantization: quantization, isa: isa)
  }
}

extension Plan: Executable {
  /// Returns a session.
  public func makeRunner(threads: Int) throws -> any Runner { try Session(self, threads: threads) }
}

extension Session: Runner {}
