import Tensors

/// A file that is not a checkpoint of plain tensors, and what to do about it.
public enum CheckpointError: UserFacingError, Equatable {
  /// Something else than a checkpoint; `found` says what, as in `a text file`.
  case notACheckpoint(path: String, found: String)
  /// A TorchScript archive: a program with its weights.
  case torchScript(path: String)
  /// What `torch.save` wrote before PyTorch 1.6.
  case legacyFormat(path: String)
  /// A pickle that asks for a class or function which plain tensors do not need.
  case forbiddenGlobal(path: String, offset: Int, name: String)
  /// A checkpoint whose weights are not where a state dict is looked for; `found` says what is there.
  case noStateDict(path: String, found: String)
  /// A value in the state dict that is no tensor.
  case notATensor(path: String, name: String, found: String)

  /// One sentence with the file, the reason and the way out.
  public var description: String {
    switch self {
    case .notACheckpoint(let path, let found):
      "\(path) is \(found), not a checkpoint (.pyth, .pt and .pth of torch.save, or .safetensors)"
    case .torchScript(let path):
      "\(path) is a TorchScript archive, a program and not only weights; load it in Python with torch.jit.load and save"
        + " its weights with torch.save(model.state_dict(), \"weights.pt\")"
    case .legacyFormat(let path):
      "\(path) has the format that torch.save wrote before PyTorch 1.6; load it in Python with torch.load and"
        + " torch.save it again"
    case .forbiddenGlobal(let path, let offset, let name):
      "\(path), byte \(offset): the pickle asks for \(name.quoted), which plain tensors do not need and which is never"
        + " run here; if you trust the file, load it in Python and save only its weights with"
        + " torch.save(model.state_dict(), \"weights.pt\")"
    case .noStateDict(let path, let found):
      "\(path) has no state dict at its top, under \"model_state\" or under \"state_dict\", but \(found); save the"
        + " weights alone with torch.save(model.state_dict(), \"weights.pt\")"
    case .notATensor(let path, let name, let found):
      "\(path): \(name.quoted) in the state dict is \(found), not a tensor"
    }
  }
}
