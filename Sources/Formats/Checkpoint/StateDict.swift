import Tensors

/// A dictionary of named tensors in a checkpoint, as the file describes it; the numbers are not read yet.
public struct StateDict: Sendable {
  /// A tensor.
  public struct Entry: Sendable {
    /// Its name in the dictionary.
    public let name: String
    /// The length of each dimension.
    public let shape: [Int]
    /// The type of its elements.
    public let elementType: ElementType
    /// Which of the file's tensors it is.
    let index: Int
  }

  /// A value that is no tensor.
  public struct Other: Sendable, Equatable {
    /// Its name in the dictionary.
    public let name: String
    /// What it is, as in `a str`.
    public let kind: String
  }

  /// The keys that lead to the dictionary, joined by dots, as in `state_dict`; empty for the file's outermost one.
  public let key: String
  /// The tensors, in the file's order.
  public let entries: [Entry]
  /// What else it holds.
  public let others: [Other]
}
