import Tensors

/// A value of a graph under construction, which layers take and return.
///
/// Operations on it do not throw, so that a model reads like its formula. The builder keeps the first error, which
/// names the layer's path, the operation and the shapes; ``Graph/verify()``, which every use of a graph calls first,
/// throws it.
public struct SymbolicTensor {
  /// The graph under construction.
  public let builder: GraphBuilder
  /// The identity of the value in that graph.
  public let id: Graph.ValueID

  /// The type of the value.
  public var type: ValueType { builder.graph.type(id) }
  /// The length of each axis.
  public var shape: [Dimension] { type.shape }
  /// The number of axes.
  public var rank: Int { type.rank }

  /// The number of channels, axis 1. If it is not known, the builder keeps an error, and it is 1.
  public var channels: Int {
    if rank > 1, let channels = shape[1].value { return channels }
    builder.fail(.malformed("\(type)\(builder.place) has no known number of channels"))
    return 1
  }

  /// Returns the result of an operation on this value and others.
  ///
  /// - Parameters:
  ///   - operation: The operation.
  ///   - others: Its inputs after this value.
  public func applying(_ operation: any Operation, _ others: SymbolicTensor...) -> SymbolicTensor {
    builder.apply(operation, [self] + others)
  }

  /// Returns the results of an operation on this value and others that has several results, such as a depthwise
  /// convolution with its mean.
  ///
  /// - Parameters:
  ///   - operation: The operation.
  ///   - others: Its inputs after this value.
  ///   - resultCount: The number of its results.
  public func applying(
    _ operation: any Operation, _ others: SymbolicTensor..., resultCount: Int
  ) -> [SymbolicTensor] {
    builder.apply(operation, [self] + others, resultCount: resultCount)
  }
}

/// Adds the operations and parameters of layers to a graph, and tracks the path of the current layer.
public final class GraphBuilder {
  /// The graph so far.
  public private(set) var graph = Graph()
  private var scopes: [String] = []
  private var unnamedCounts: [String: Int] = [:]

  init() {}

  /// The path of the layer that is adding operations.
  public var path: String { scopes.joined(separator: ".") }

  var place: String { scopes.isEmpty ? "" : " in \(path)" }

  /// Calls `body` inside of the scope of a layer.
  ///
  /// - Parameters:
  ///   - name: The name of the layer; nil for a number, as in a sequence: `0`, `1`, ….
  ///   - body: Adds the layer's operations.
  public func scoped<Result>(_ name: String?, _ body: () -> Result) -> Result {
    var scope = name ?? ""
    if name == nil {
      scope = "\(unnamedCounts[path, default: 0])"
      unnamedCounts[path, default: 0] += 1
    }
    scopes.append(scope)
    defer { scopes.removeLast() }
    return body()
  }

  /// Adds a parameter of the current layer, and returns its value.
  ///
  /// - Parameters:
  ///   - name: The name in the layer.
  ///   - shape: The shape.
  ///   - elementType: The element type.
  ///   - role: Whether it is trained.
  public func parameter(
    _ name: String, shape: [Int], elementType: ElementType = .float32, role: Graph.Role = .weight
  ) -> SymbolicTensor {
    let path = (scopes + [name]).joined(separator: ".")
    if graph.parameters.contains(where: { $0.path == path }) { fail(.duplicatePath(path)) }
    if Tensor.byteCount(shape: shape, elementType: elementType) == nil || shape.contains(0) {
      fail(.malformed("parameter '\(path)' cannot have the shape \(shape)"))
    }
    let type = ValueType(shape.map { .fixed($0) }, elementType: elementType)
    return SymbolicTensor(builder: self, id: graph.addParameter(path: path, role: role, type: type))
  }

  /// Adds a constant, and returns its value.
  ///
  /// - Parameter tensor: The value: a few numbers, as a graph contains its constants. What is trained, or large, is a
  ///   parameter.
  public func constant(_ tensor: Tensor) -> SymbolicTensor { apply(Operations.Constant([tensor]), []) }

  /// Adds a state of the current layer, and returns its value: the one that it was updated to in the previous run.
  ///
  /// The lengths can be symbols in the shapes of inputs, or of values that are computed before an operation takes the
  /// state.
  ///
  /// - Parameters:
  ///   - name: The name in the layer.
  ///   - shape: The shape.
  ///   - elementType: The element type.
  ///   - initial: The value of all elements in the first run.
  public func state(
    _ name: String, shape: [Dimension], elementType: ElementType = .float32, initial: Double
  ) -> SymbolicTensor {
    let path = (scopes + [name]).joined(separator: ".")
    let id = graph.addState(name: path, type: ValueType(shape, elementType: elementType), initial: initial)
    return SymbolicTensor(builder: self, id: id)
  }

  /// Sets the value of a state for the next run, which must have the state's type; once for each state.
  ///
  /// - Parameters:
  ///   - state: The state.
  ///   - next: The value for the next run.
  public func update(_ state: SymbolicTensor, to next: SymbolicTensor) {
    guard graph.buildError == nil else { return }
    do throws(GraphError) { try graph.update(state.id, to: next.id) } catch { fail(error) }
  }

  /// Adds an operation with one result. After an error, it returns the first input, as the graph will not be run.
  func apply(_ operation: any Operation, _ inputs: [SymbolicTensor]) -> SymbolicTensor {
    apply(operation, inputs, resultCount: 1)[0]
  }

  /// Adds an operation. After an error, it returns any value for each result, as the graph will not be run.
  func apply(_ operation: any Operation, _ inputs: [SymbolicTensor], resultCount: Int) -> [SymbolicTensor] {
    if graph.buildError == nil {
      do throws(GraphError) {
        let results = try graph.addNode(operation, inputs: inputs.map(\.id), scope: path)
        if results.count == resultCount { return results.map { SymbolicTensor(builder: self, id: $0) } }
        fail(.malformed("\(operation.name)\(place) has \(results.count) results, not \(resultCount)"))
      } catch { fail(error) }
    }
    let any = inputs.first ?? SymbolicTensor(builder: self, id: Graph.ValueID(index: 0))
    return [SymbolicTensor](repeating: any, count: resultCount)
  }

  /// Keeps an error, if it is the first one.
  public func fail(_ error: GraphError) {
    if graph.buildError == nil { graph.buildError = error }
  }

  func finish(outputs: [SymbolicTensor]) -> Graph {
    graph.outputs = outputs.map(\.id)
    return graph
  }

  func input(_ input: GraphInput) -> SymbolicTensor {
    SymbolicTensor(builder: self, id: graph.addInput(name: input.name, type: input.type))
  }
}

/// An input of a graph that is built.
public struct GraphInput: Sendable {
  /// The input's name.
  public var name: String
  /// The type of the input.
  public var type: ValueType

  /// Creates an input.
  ///
  /// - Parameters:
  ///   - name: The name of the input.
  ///   - type: The type of the input.
  public init(name: String, type: ValueType) {
    self.name = name
    self.type = type
  }

  /// Returns an input for a clip `[N, C, T, H, W]`; lengths that are not given are symbols.
  ///
  /// - Parameters:
  ///   - channels: The number of channels, C.
  ///   - frames: The number of frames, T.
  ///   - height: The height, H.
  ///   - width: The width, W.
  public static func clip(
    channels: Int, frames: Dimension = "T", height: Dimension = "H", width: Dimension = "W"
  ) -> GraphInput {
    GraphInput(name: "clip", type: ValueType(["N", .fixed(channels), frames, height, width]))
  }

  /// Returns an input for an image `[N, C, H, W]`; lengths that are not given are symbols.
  ///
  /// - Parameters:
  ///   - channels: The number of channels, C.
  ///   - height: The height, H.
  ///   - width: The width, W.
  public static func image(channels: Int, height: Dimension = "H", width: Dimension = "W") -> GraphInput {
    GraphInput(name: "image", type: ValueType(["N", .fixed(channels), height, width]))
  }
}

extension Graph {
  /// Builds a graph with one input and one output.
  ///
  /// An error in `body`, such as shapes that do not fit, is thrown by ``verify()`` and by every use of the graph.
  ///
  /// - Parameters:
  ///   - input: The input.
  ///   - body: Returns the output for the value of the input.
  public static func build(input: GraphInput, _ body: (SymbolicTensor) -> SymbolicTensor) -> Graph {
    build(inputs: [input]) { [body($0[0])] }
  }

  /// Builds a graph with several inputs or outputs.
  ///
  /// - Parameters:
  ///   - inputs: The inputs.
  ///   - body: Returns the outputs for the values of the inputs.
  public static func build(inputs: [GraphInput], _ body: ([SymbolicTensor]) -> [SymbolicTensor]) -> Graph {
    let builder = GraphBuilder()
    let values = inputs.map { builder.input($0) }
    return builder.finish(outputs: body(values))
  }
}
