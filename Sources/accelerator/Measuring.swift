import ArgumentParser
import VideoAccelerator

/// The option of the commands that measure a model.
struct InputShapeOption: ParsableArguments {
  @Option(
    help: ArgumentHelp("Input shape N×C×T×H×W. (default: the model's own)", valueName: "1x3x4x160x160"))
  var inputShape: ShapeArgument?

  func validate() throws {
    if let inputShape, inputShape.shape.count != 5 {
      throw ValidationError("--input-shape must have five lengths, N×C×T×H×W.")
    }
  }

  /// Returns the given shape, or the model's own.
  func shape(for model: Model) throws -> [Int] { try shape(for: model.recipe, of: model.name) }

  /// Returns the given shape, or that of a recipe.
  func shape(for recipe: ClipRecipe?, of model: String) throws -> [Int] {
    guard let shape = inputShape?.shape ?? recipe?.clipShape else {
      throw UsageError("\(model) has no preprocessing recipe: give its clips' shape with --input-shape")
    }
    return shape
  }
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
  func warmUp(_ input: Tensor) throws {
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(200)
    repeat { _ = try run(input) } while clock.now < end
  }
}
