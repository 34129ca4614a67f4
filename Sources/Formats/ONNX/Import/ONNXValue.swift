import IR
import Tensors

/// A value of an ONNX file while it is imported.
enum ONNXValue {
  /// A known tensor: an initializer, with its name, or what was computed of others.
  case tensor(Tensor, name: String?)
  /// A value of the graph.
  case value(Graph.ValueID)
  /// A list of values, which the graph itself does not have.
  case sequence([ONNXValue])

  /// A known tensor of integers with one axis.
  static func integers(_ values: [Int]) -> ONNXValue {
    .tensor(Tensor(values.map { Int64($0) }, shape: [values.count]), name: nil)
  }

  /// A known number without axes.
  static func number(_ value: Float) -> ONNXValue { .tensor(Tensor([value], shape: []), name: nil) }
}

/// The values of the names that are visible in a graph or in a body within it.
final class ONNXScope {
  private var values: [String: ONNXValue] = [:]
  /// The names of values whose node could not be imported: what uses them is not reported as well.
  private var failed: Set<String> = []
  /// The names whose values nothing uses any more.
  private var dropped: Set<String> = []
  /// The initializers that nothing has used yet.
  private var initializers: [String: ONNXTensorProto] = [:]
  private let outer: ONNXScope?

  init(inside outer: ONNXScope? = nil) { self.outer = outer }

  /// The state of a name.
  enum Lookup {
    case value(ONNXValue)
    case initializer(ONNXTensorProto, in: ONNXScope)
    case failed
    case unknown
  }

  /// Returns what a name stands for here, or else outside.
  func look(up name: String) -> Lookup {
    if let value = values[name] { return .value(value) }
    if let initializer = initializers[name] { return .initializer(initializer, in: self) }
    if failed.contains(name) { return .failed }
    return outer?.look(up: name) ?? .unknown
  }

  /// Returns whether a name is defined in this graph itself.
  func defines(_ name: String) -> Bool {
    values[name] != nil || initializers[name] != nil || failed.contains(name) || dropped.contains(name)
  }

  func define(_ name: String, _ value: ONNXValue) {
    values[name] = value
    initializers[name] = nil
  }

  func define(_ name: String, _ initializer: ONNXTensorProto) { initializers[name] = initializer }

  func fail(_ name: String) { failed.insert(name) }

  /// Forgets the value of a name of this graph that nothing uses any more; the name stays taken.
  func drop(_ name: String) {
    if values.removeValue(forKey: name) != nil { dropped.insert(name) }
  }
}
