import Tensors

/// A dictionary of named tensors in a checkpoint, as the file describes it; the elements are not read yet.
public struct StateDict: Sendable {
  /// A tensor.
  public struct Entry: Sendable {
    /// Its name in the dictionary.
    public let name: String
    /// The length of each dimension.
    public let shape: [Int]
    /// The type of its elements.
    public let elementType: ElementType
    /// The index of the tensor in the file.
    let index: Int
  }

  /// A value that is not a tensor.
  public struct Other: Sendable, Equatable {
    /// Its name in the dictionary.
    public let name: String
    /// The kind of value, as in `a str`.
    public let kind: String
  }

  /// The keys that lead to the dictionary, joined by dots, as in `state_dict`; empty for the file's outermost one.
  public let key: String
  /// The tensors, in the file's order.
  public let entries: [Entry]
  /// The other values.
  public let others: [Other]
}
