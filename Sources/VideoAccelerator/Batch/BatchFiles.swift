/// The files that a batch writes.
public struct BatchFiles: Sendable, Equatable {
  /// A JSON object on each line: the result of a video.
  public let results: String
  /// A JSON object on each line: a video that cannot be used, with `"error"`.
  public let failures: String
  /// What the results were made with, as one JSON object.
  public let settings: String

  /// Creates the names of the files.
  ///
  /// - Parameters:
  ///   - results: The file of the results.
  ///   - failures: The file of the failures; nil for `NAME.failures.jsonl` beside `NAME.jsonl`.
  public init(results: String, failures: String? = nil) {
    let ending = ".jsonl"
    let base = results.hasSuffix(ending) ? String(results.dropLast(ending.count)) : results
    self.results = results
    self.failures = failures ?? "\(base).failures.jsonl"
    settings = "\(base).batch.json"
  }
}
