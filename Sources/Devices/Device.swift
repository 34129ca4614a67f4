import IR
import Tensors

/// A device that computes graphs: a CPU, a GPU.
///
/// A device says which operations it supports and compiles graphs of them; a ``Partition`` divides a graph among
/// several. Properties of a device such as instructions, layouts, threads and memory are hidden behind this protocol.
public protocol Device: Sendable {
  /// The name for users.
  var name: String { get }
  /// The memory in bytes that models and their values may take.
  var memoryBytes: Int { get }
  /// The number formats that it computes in.
  var precisions: [Precision] { get }
  /// The cost of its work, as far as it is known.
  var hints: DeviceHints { get }

  /// Returns the largest relative error of a result in a number format, compared with the reference; 0 for the same
  /// bits.
  ///
  /// - Parameter precision: The precision of the model.
  func tolerance(in precision: Precision) -> Double

  /// Returns whether it can compute a node of a graph with known shapes.
  ///
  /// - Parameters:
  ///   - node: The node.
  ///   - graph: The graph of the node.
  ///   - precision: The precision to run in.
  func supports(_ node: Graph.Node, in graph: Graph, precision: Precision) -> Bool

  /// Compiles a graph with known shapes, all of whose nodes it supports.
  ///
  /// - Parameters:
  ///   - graph: The graph, with known shapes (`Graph.specialized(to:)`).
  ///   - weights: Its parameters, by path.
  ///   - precision: The number format to compute in.
  ///   - quantization: For int8, how values and weights are quantized.
  /// - Throws: An error if the device cannot compile it, because there is too little memory, for example.
  func compile(
    _ graph: Graph, weights: [String: Tensor], precision: Precision, quantization: QuantizationTable?
  ) throws -> any Executable
}

/// The cost of a device's work, as far as it is known, for dividing a graph among devices.
public struct DeviceHints: Sendable, Hashable {
  /// The multiply-adds per second of large operations; nil if not known.
  public var multiplyAddsPerSecond: Double?
  /// The bytes per second to and from the host's memory; nil if not known, or if the memory is the host's.
  public var transferBytesPerSecond: Double?
  /// The smallest duration of a transfer in seconds.
  public var transferSeconds: Double

  /// Creates hints.
  ///
  /// - Parameters:
  ///   - multiplyAddsPerSecond: The multiply-adds per second of large operations; nil if not known.
  ///   - transferBytesPerSecond: The bytes per second to and from the host's memory; nil if not known, or if the memory
  ///     is the host's.
  ///   - transferSeconds: The smallest duration of a transfer in seconds.
  public init(
    multiplyAddsPerSecond: Double? = nil, transferBytesPerSecond: Double? = nil, transferSeconds: Double = 0
  ) {
    self.multiplyAddsPerSecond = multiplyAddsPerSecond
    self.transferBytesPerSecond = transferBytesPerSecond
    self.transferSeconds = transferSeconds
  }
}

/// A graph that a device has compiled for inputs of known shapes. Immutable; any number of runners can be made from it.
public protocol Executable: Sendable {
  /// The shapes of the inputs, in order.
  var inputShapes: [[Int]] { get }
  /// The shapes of the outputs, in order.
  var outputShapes: [[Int]] { get }

  /// Returns a runner with its own memory and threads.
  ///
  /// - Parameter threads: The number of threads.
  /// - Throws: An error if there is too little memory, or the number of threads is invalid.
  func makeRunner(threads: Int) throws -> any Runner
}

/// Runs an ``Executable``, and keeps the graph's states between runs. A runner must not be shared between threads.
public protocol Runner: AnyObject {
  /// Runs the graph once, and advances the states.
  ///
  /// - Parameter inputs: One tensor per input.
  /// - Returns: One tensor per output.
  /// - Throws: An error if an input is not what the executable was compiled for.
  func run(_ inputs: [Tensor]) throws -> [Tensor]

  /// Resets the states to their initial values.
  func reset()

  /// Returns the states that the next run would read, by name; empty if the graph has none.
  func saveState() -> [String: Tensor]

  /// Continues from states that a runner of the same graph saved, on this or another device.
  ///
  /// - Parameter tensors: The states by name, from ``saveState()``.
  /// - Throws: `StateError` if they are those of another graph or have other shapes.
  func restoreState(_ tensors: [String: Tensor]) throws(StateError)
}
