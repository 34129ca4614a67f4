import ArgumentParser
import VideoAccelerator

/// The option of the commands that measure a model.
struct InputShapeOption: ParsableArguments {
  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Input shape, as N×C×T×H×W for a clip; once for each input. (default: the model's own)",
      valueName: "1x3x4x160x160"))
  var inputShape: [ShapeArgument] = []

  /// Returns the given shapes, or the model's own.
  func shapes(for model: Model) throws -> [[Int]] {
    try shapes(for: model.graph, own: model.ownInputShapes, of: model.name)
  }

  /// Returns the given shapes, those of recipes, or those that a graph has without them, one for each input.
  func shapes(for graph: Graph, own: [[Int]]?, of model: String) throws -> [[Int]] {
    let names = graph.inputTypes.map(\.name)
    if inputShape.isEmpty {
      let fixed = graph.inputTypes.compactMap(\.type.fixedShape)
      if let shapes = own ?? (fixed.count == names.count ? fixed : nil) { return shapes }
    }
    guard inputShape.count == names.count else {
      throw UsageError(
        "give --input-shape for each input of \(model), \(names.joined(separator: ", ")): its recipe does not tell their shapes"
      )
    }
    return inputShape.map(\.shape)
  }
}

extension Model {
  /// The shapes of the inputs for one clip, by recipes or by the architecture; nil if they are not known.
  var ownInputShapes: [[Int]]? { clipShapes ?? (try? architecture())?.inputShapes }
}

extension Graph {
  /// Returns inputs to measure with: generated clips and numbers, zeros for inputs that are not float32.
  func measuringInputs(_ shapes: [[Int]]) -> [Tensor] {
    zip(inputTypes, RandomWeights.inputs(shapes)).map { input, numbers in
      guard input.type.elementType == .float32 else {
        return Tensor(zeros: numbers.shape, elementType: input.type.elementType)
      }
      return numbers.rank == 5 ? RandomWeights.clips(numbers.shape, seed: 1) : numbers
    }
  }
}

extension [Double] {
  /// Returns an element of this ascending list: the one below which a share of all are.
  func quantile(_ share: Double) -> Double { self[Swift.min(count - 1, Int(Double(count) * share))] }
}

extension [[Int]] {
  /// `1×3×4×160×160`, with a comma between inputs.
  var shapeText: String { map { $0.map(String.init).joined(separator: "×") }.joined(separator: ", ") }
}

/// A shape on the command line: `1x3x4x160x160`.
struct ShapeArgument: ExpressibleByArgument {
  let shape: [Int]

  init?(argument: String) {
    let lengths = argument.split(whereSeparator: { "x×,".contains($0) }).map { Int($0) }
    guard lengths.allSatisfy({ (1...1 << 20).contains($0 ?? 0) }) else { return nil }
    shape = lengths.compactMap { $0 }
  }
}

extension Session {
  /// Runs until caches and clock rates have settled.
  func warmUp(_ inputs: [Tensor]) throws {
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(200)
    repeat { _ = try run(inputs) } while clock.now < end
  }
}
