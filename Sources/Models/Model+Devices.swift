import Devices
import IR

extension Model {
  /// Compiles the model for inputs of known shapes on several devices, each of which runs the operations that it
  /// supports.
  ///
  /// For the CPU alone, ``plan(inputShapes:)-([[Int]])`` gives the same, with the kernels that tuning chose.
  ///
  /// - Parameters:
  ///   - inputShapes: The shapes of the inputs, in order.
  ///   - devices: The devices, by descending preference; the last one runs what no other supports.
  /// - Throws: `DeviceError` if none of the devices supports an operation; `GraphError` if the model does not take such
  ///   inputs; what the devices throw.
  public func executable(inputShapes: [[Int]], on devices: [any Device]) throws -> any Executable {
    try Partition(
      graph.specialized(to: inputShapes), among: devices, precision: precision, quantization: quantization
    ).compile(weights: weights)
  }
}
