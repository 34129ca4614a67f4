import Tensors

/// A model's weights from a file that someone else made.
///
/// ```swift
/// let checkpoint = try Checkpoint.load("X3D_XS.pyth")
/// let weights = try checkpoint.weights(for: model.parameters)
/// ```
public struct Checkpoint: Sendable {
  /// Where in the file the weights were.
  public enum Form: String, Sendable, CustomStringConvertible {
    /// The file is the state dict (`torch.save(model.state_dict(), …)`).
    case bare
    /// Under `model_state`, beside the state of the training.
    case modelState
    /// Under `state_dict`, beside the state of the training.
    case stateDict
    /// A safetensors file.
    case safetensors

    /// As in `PyTorch state dict under "model_state"`.
    public var description: String {
      switch self {
      case .bare: "PyTorch state dict"
      case .modelState: "PyTorch state dict under \"model_state\""
      case .stateDict: "PyTorch state dict under \"state_dict\""
      case .safetensors: "safetensors"
      }
    }
  }

  /// The file.
  public let path: String
  /// Where in the file the weights were.
  public let form: Form
  /// The weights and buffers, in the file's order; contiguous ones are views on the file.
  public let tensors: NamedTensors
  /// What all names in the file started with and start with no more: `module.`, which `DataParallel` adds; else nil.
  public let strippedPrefix: String?
  /// What stands beside the weights and is not read, such as `optimizer_state`.
  public let ignoredKeys: [String]
  /// The strings in a safetensors file.
  public let metadata: [String: String]

  /// Weights from elsewhere, as if they had been read from `path`.
  public init(
    path: String, form: Form, tensors: NamedTensors, ignoredKeys: [String] = [], metadata: [String: String] = [:]
  ) {
    self.path = path
    self.form = form
    self.ignoredKeys = ignoredKeys
    self.metadata = metadata
    let prefix = "module."
    if tensors.count > 0, tensors.names.allSatisfy({ $0.hasPrefix(prefix) && $0 != prefix }) {
      self.tensors = NamedTensors(tensors.map { (String($0.name.dropFirst(prefix.count)), $0.tensor) })
      strippedPrefix = prefix
    } else {
      self.tensors = tensors
      strippedPrefix = nil
    }
  }
}
