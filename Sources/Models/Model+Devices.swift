import Devices
import IR

extension Model {
  /// The model compiled for inputs of known shapes by several devices, each of which computes what it supports.
  ///
  /// On the CPU alone, ``plan(inputShapes:)-([[Int]])`` gives the same with the kernels that tuning chose.
  ///
  /// - Parameters:
  ///   - inputShapes: One per input.
  ///   - devices: The preferred one first; the last one computes what no other does.
  /// - Throws: `DeviceError` if there is an operation that none of the devices supports; `GraphError` if the model does not take
  ///   such inputs; what the devices throw.
  public func executable(inputShapes: [[Int]], on devices: [any Device]) throws -> any Executable {
    try Partition(
      graph.specialized(to: inputShapes), among: devices, precision: precision, quantization: quantization
    ).compile(weights: weights)
  }
}
