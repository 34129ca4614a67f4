import Tensors

/// Why a file is not a checkpoint of plain tensors.
public enum CheckpointError: UserFacingError, Equatable {
  /// A file of another kind; `found` names it, as in `a text file`.
  case notACheckpoint(path: String, found: String)
  /// A TorchScript archive: a program with its weights.
  case torchScript(path: String)
  /// A pickle that names a class or function which plain tensors do not need.
  case forbiddenGlobal(path: String, offset: Int, name: String)
  /// A file without named tensors; `found` says what it contains.
  case noStateDict(path: String, found: String)
  /// Several sets of weights that fit the model and differ.
  case severalWeights(path: String, keys: [String])
  /// A key under which there are no weights.
  case noSuchKey(path: String, key: String, keys: [String])

  /// A sentence with the file, the reason and the solution.
  public var description: String {
    switch self {
    case .notACheckpoint(let path, let found):
      "\(path) is \(found), not a checkpoint (.pyth, .pt and .pth of torch.save, or .safetensors)"
    case .torchScript(let path):
      "\(path) is a TorchScript archive, a program and not only weights; load it in Python with torch.jit.load and save"
        + " its weights with torch.save(model.state_dict(), \"weights.pt\")"
    case .forbiddenGlobal(let path, let offset, let name):
      "\(path), byte \(offset): the pickle asks for \(name.quoted), which can run code and has no place beside weights; it"
        + " was not run here, and the file should not be loaded in Python unless you trust it"
    case .noStateDict(let path, let found):
      "\(path) has no named tensors but holds \(found); save the weights alone with"
        + " torch.save(model.state_dict(), \"weights.pt\")"
    case .severalWeights(let path, let keys):
      "\(path) has several sets of weights that fit the model: \(Self.list(keys)); choose one by its key"
    case .noSuchKey(let path, let key, let keys):
      "\(path) has no weights under the key \(key.quoted); its keys are \(Self.list(keys))"
    }
  }

  private static func list(_ keys: [String]) -> String {
    keys.prefix(10).map(\.quoted).joined(separator: ", ") + (keys.count > 10 ? ", …" : "")
  }
}
