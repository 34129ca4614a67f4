import IR
import Tensors

/// Why a network has no continual form.
public enum ContinualError: UserFacingError, Equatable {
  /// An operation that cannot be computed frame by frame.
  public struct Refusal: Sendable, Equatable {
    /// The name of the operation.
    public let operation: String
    /// The path of the layer that added it; empty outside of layers.
    public let scope: String
    /// The reason, as in "its stride in time is 2, so not every frame has a result".
    public let reason: String
  }

  /// Operations that cannot be computed frame by frame: all that there are.
  case refused([Refusal])
  /// A network with other inputs than one clip.
  case inputCount(Int)
  /// An input that is no clip `[N, C, T, H, W]`.
  case noClip(input: String, shape: [Int])
  /// A model whose clips have no known shape.
  case unknownClipShape(model: String)
  /// A network with states, which computes frame by frame already.
  case hasStates
  /// A number of frames for the head that is out of range.
  case headWindow(Int)
  /// A number of frames for the head of a network that has no mean, maximum or sum over all frames at its end.
  case noHead

  /// A sentence that says what would work, with each operation that is refused.
  public var description: String {
    switch self {
    case .refused(let refusals):
      "the network cannot be computed frame by frame: " + Self.text(of: refusals)
    case .inputCount(let count):
      "the network takes \(count) inputs: only networks whose single input is a clip can run frame by frame"
    case .noClip(let input, let shape):
      "the input '\(input)' is \(shape), not a clip [N, C, T, H, W] of one frame or more"
    case .unknownClipShape(let model): "the number of frames in a clip of '\(model)' is not known"
    case .hasStates: "the network has states: it is computed step by step already"
    case .headWindow(let count): "the head's window is \(count) frames, not 1 to \(Self.longestWindow)"
    case .noHead: "the network's outputs are not means over all frames: leave out the head's window"
    }
  }

  /// Returns all refusals; those for the same reason, which one network may have by the dozen, as the first one.
  private static func text(of refusals: [Refusal]) -> String {
    let kinds = Dictionary(grouping: refusals) { [$0.operation, $0.reason] }
    let first = refusals.filter { kinds[[$0.operation, $0.reason]]?.first == $0 }
    return first.map { refusal in
      let count = kinds[[refusal.operation, refusal.reason], default: []].count
      return count > 1 ? "\(refusal) (and \(count - 1) more like it)" : "\(refusal)"
    }.joined(separator: "; ")
  }

  /// The largest number of frames in the window of a head.
  static let longestWindow = 4096
}

extension ContinualError.Refusal: CustomStringConvertible {
  /// A text such as `pool in blocks.1: its stride in time is 2, so not every frame has a result`.
  public var description: String { "\(operation)\(scope.isEmpty ? "" : " in \(scope)"): \(reason)" }
}
