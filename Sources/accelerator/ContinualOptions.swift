import ArgumentParser
import IR
import Models
import Passes
import Zoo

/// The options of commands that can take a model's continual form.
struct ContinualOptions: ParsableArguments {
  @Flag(help: "Take the model's continual form, which computes each frame of a video once.")
  var stream = false

  @Option(
    help: ArgumentHelp(
      "With --stream: number of frames that the model's final mean covers. (default: as many as a clip has)",
      valueName: "n"))
  var headWindow: Int?

  func validate() throws {
    if headWindow != nil, !stream { throw ValidationError("--head-window is for --stream.") }
  }

  /// Returns the model that takes one frame after the other and what its steps need, if that is wanted; nil for a model that takes
  /// frames already.
  ///
  /// - Parameters:
  ///   - model: The model that takes clips.
  ///   - clipShape: The shape of a clip; nil for that of the model's own clips.
  /// - Throws: `ContinualError` if the model has no such form; `UsageError` for the head's window of a model that takes frames.
  func continual(_ model: Model, clipShape: [Int]? = nil) throws -> ContinualModel? {
    guard stream else { return nil }
    if !model.graph.states.isEmpty {
      guard headWindow == nil else {
        throw UsageError("\(model.name.printable) takes one frame after the other already: leave out --head-window")
      }
      return nil
    }
    do {
      return try model.continual(headWindow: headWindow, clipShape: clipShape)
    } catch let error as ContinualError {
      let twin = model.name.replacing("_causal", with: "_stream")
      guard twin != model.name, ModelRequest.names.contains(twin) else { throw error }
      throw UsageError("\(error); --model \(twin) is this network for one frame after the other")
    }
  }
}
