import Tensors

/// A value of a graph that is being built: layers take and return it.
///
/// Operations on it do not throw, so that a model reads like its formula: the first mistake is kept by the builder and
/// thrown by the graph's ``Graph/verify()``, which every use of a graph calls first. It names the layer's path, the
/// operation and the shapes.
public struct SymbolicTensor {
  /// The graph under construction.
  public let builder: GraphBuilder
  /// The value in that graph.
  public let id: Graph.ValueID

  /// What is known of the value.
  public var type: ValueType { builder.graph.type(id) }
  /// The length of each axis.
  public var shape: [Dimension] { type.shape }
  /// How many axes there are.
  public var rank: Int { type.rank }

  /// The number of channels, axis 1; 1, with an error kept, if it is not known.
  public var channels: Int {
    if rank > 1, let channels = shape[1].value { return channels }
    builder.fail(.malformed("\(type)\(builder.place) has no known number of channels"))
    return 1
  }

  /// The result of an operation on this value and others.
  public func applying(_ operation: any Operation, _ others: SymbolicTensor...) -> SymbolicTensor {
    builder.apply(operation, [self] + others)
  }

  /// The results of an operation on this value and others that has several, such as a depthwise convolution with its mean.
  ///
  /// - Parameter resultCount: How many the operation has with its attributes.
  public func applying(
    _ operation: any Operation, _ others: SymbolicTensor..., resultCount: Int
  ) -> [SymbolicTensor] {
    builder.apply(operation, [self] + others, resultCount: resultCount)
  }
}

/// Adds operations and parameters to a graph on behalf of layers, and knows in which layer it is.
public final class GraphBuilder {
  /// The graph so far.
  public private(set) var graph = Graph()
  private var scopes: [String] = []
  private var unnamedCounts: [String: Int] = [:]

  init() {}

  /// The path of the layer that is adding operations.
  public var path: String { scopes.joined(separator: ".") }

  var place: String { scopes.isEmpty ? "" : " in \(path)" }

  /// Runs `body` inside a layer's scope; without a name the scope is numbered, as in a sequence: `0`, `1`, ….
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

  /// Adds a parameter of the current layer.
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

  /// Adds a state of the current layer: what it was updated to in the run before, and in the first run `initial` everywhere.
  ///
  /// Lengths may be symbols of the inputs' shapes, or of values that are computed before an operation takes the state.
  public func state(
    _ name: String, shape: [Dimension], elementType: ElementType = .float32, initial: Double
  ) -> SymbolicTensor {
    let path = (scopes + [name]).joined(separator: ".")
    let id = graph.addState(name: path, type: ValueType(shape, elementType: elementType), initial: initial)
    return SymbolicTensor(builder: self, id: id)
  }

  /// Says what a state is in the next run: a value of its type; once for each state.
  public func update(_ state: SymbolicTensor, to next: SymbolicTensor) {
    guard graph.buildError == nil else { return }
    do throws(GraphError) { try graph.update(state.id, to: next.id) } catch { fail(error) }
  }

  /// Adds an operation of one result; after a mistake it returns its first input, as nothing more will be run.
  func apply(_ operation: any Operation, _ inputs: [SymbolicTensor]) -> SymbolicTensor {
    apply(operation, inputs, resultCount: 1)[0]
  }

  /// Adds an operation; after a mistake it returns its first input for each result, as nothing more will be run.
  func apply(_ operation: any Operation, _ inputs: [SymbolicTensor], resultCount: Int) -> [SymbolicTensor] {
    if graph.buildError == nil {
      do throws(GraphError) {
        let results = try graph.addNode(operation, inputs: inputs.map(\.id), scope: path)
        if results.count == resultCount { return results.map { SymbolicTensor(builder: self, id: $0) } }
        fail(.malformed("\(operation.name)\(place) has \(results.count) results, not \(resultCount)"))
      } catch { fail(error) }
    }
    return [SymbolicTensor](repeating: inputs[0], count: resultCount)
  }

  /// Keeps the first mistake.
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

/// An input that a graph is built for.
public struct GraphInput: Sendable {
  /// The input's name.
  public var name: String
  /// What is known of it.
  public var type: ValueType

  /// An input of any kind.
  public init(name: String, type: ValueType) {
    self.name = name
    self.type = type
  }

  /// A clip `[N, C, T, H, W]`; lengths that are not given are left open.
  public static func clip(
    channels: Int, frames: Dimension = "T", height: Dimension = "H", width: Dimension = "W"
  ) -> GraphInput {
    GraphInput(name: "clip", type: ValueType(["N", .fixed(channels), frames, height, width]))
  }

  /// An image `[N, C, H, W]`; lengths that are not given are left open.
  public static func image(channels: Int, height: Dimension = "H", width: Dimension = "W") -> GraphInput {
    GraphInput(name: "image", type: ValueType(["N", .fixed(channels), height, width]))
  }
}

extension Graph {
  /// Builds a graph of one input and one output.
  ///
  /// A mistake in `body`, shapes that do not fit for example, is thrown by ``verify()`` and by everything that uses the
  /// graph.
  public static func build(input: GraphInput, _ body: (SymbolicTensor) -> SymbolicTensor) -> Graph {
    build(inputs: [input]) { [body($0[0])] }
  }

  /// Builds a graph of several inputs or outputs.
  public static func build(inputs: [GraphInput], _ body: ([SymbolicTensor]) -> [SymbolicTensor]) -> Graph {
    let builder = GraphBuilder()
    let values = inputs.map { builder.input($0) }
    return builder.finish(outputs: body(values))
  }
}
