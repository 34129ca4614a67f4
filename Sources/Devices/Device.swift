import IR
import Tensors

/// What computes graphs: a CPU, a GPU.
///
/// A device says which operations it supports and compiles graphs of them; a ``Partition`` shares a graph among several. What a
/// device knows of itself (instructions, layouts, threads, memory) stays behind this.
public protocol Device: Sendable {
  /// The name, for people.
  var name: String { get }
  /// Bytes that models and their values may take.
  var memoryBytes: Int { get }
  /// The number formats that it computes in.
  var precisions: [Precision] { get }
  /// What its work costs, as far as it is known.
  var hints: DeviceHints { get }

  /// How far a result may be from its reference meaning in a number format: the relative error, 0 for the same bits.
  func tolerance(in precision: Precision) -> Double

  /// Whether it computes a node of a graph of known shapes.
  func supports(_ node: Graph.Node, in graph: Graph, precision: Precision) -> Bool

  /// Compiles a graph of known shapes, all of whose nodes it supports.
  ///
  /// - Parameters:
  ///   - graph: With numbers for all shapes (`Graph.specialized(to:)`).
  ///   - weights: Its parameters, by path.
  ///   - precision: The number format to compute in.
  ///   - quantization: For int8, how values and weights are integers.
  /// - Throws: What keeps the device from it, such as too little memory.
  func compile(
    _ graph: Graph, weights: [String: Tensor], precision: Precision, quantization: QuantizationTable?
  ) throws -> any Executable
}

/// What a device's work costs, as far as it is known: for sharing a graph among devices.
public struct DeviceHints: Sendable, Hashable {
  /// Multiply-adds a second, of large operations; nil: not known.
  public var multiplyAddsPerSecond: Double?
  /// Bytes a second from and to the host's memory; nil: not known, or the memory is the host's.
  public var transferBytesPerSecond: Double?
  /// Seconds that each transfer takes at least.
  public var transferSeconds: Double

  /// Costs.
  public init(
    multiplyAddsPerSecond: Double? = nil, transferBytesPerSecond: Double? = nil, transferSeconds: Double = 0
  ) {
    self.multiplyAddsPerSecond = multiplyAddsPerSecond
    self.transferBytesPerSecond = transferBytesPerSecond
    self.transferSeconds = transferSeconds
  }
}

/// A graph that a device has compiled for inputs of known shapes. Immutable; make as many sessions of it as you like.
public protocol Executable: Sendable {
  /// The shapes of the inputs, in order.
  var inputShapes: [[Int]] { get }
  /// The shapes of the outputs, in order.
  var outputShapes: [[Int]] { get }

  /// What runs it, with memory and threads of its own.
  ///
  /// - Throws: If there is no memory, or the number of threads makes no sense.
  func makeRunner(threads: Int) throws -> any Runner
}

/// Runs an ``Executable``, and keeps the graph's states from run to run. Not shared between threads.
public protocol Runner: AnyObject {
  /// Runs once, and advances the states.
  ///
  /// - Parameter inputs: One tensor per input.
  /// - Returns: One tensor per output.
  /// - Throws: If an input is not what the executable was compiled for.
  func run(_ inputs: [Tensor]) throws -> [Tensor]

  /// Makes the states what they are before the first run.
  func reset()

  /// The states as the next run will find them, by name; none if the graph has none.
  func saveState() -> [String: Tensor]

  /// Goes on where a runner of the same graph, on this or another device, was when it saved its states.
  ///
  /// - Throws: `StateError` if they are those of another graph, or of other shapes.
  func restoreState(_ tensors: [String: Tensor]) throws(StateError)
}
