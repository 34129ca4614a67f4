import Testing

/// The error of the given type that `body` throws; anything else is recorded as an issue. What `#expect(throws:)` returns
/// since Swift 6.1: the phone's modules are tested with 6.0.
package func thrown<Failure: Error>(
  _ type: Failure.Type, sourceLocation: SourceLocation = #_sourceLocation, by body: () throws -> some Any
) -> Failure? {
  do {
    _ = try body()
    Issue.record("\(type) was expected, and nothing was thrown", sourceLocation: sourceLocation)
  } catch let error as Failure {
    return error
  } catch {
    Issue.record("\(type) was expected, not \(error)", sourceLocation: sourceLocation)
  }
  return nil
}
