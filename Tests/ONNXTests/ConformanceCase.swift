import CPU
import TestSupport
import Tensors

@testable import Formats
@testable import IR

/// A test case of the ONNX project, as Tools/onnx_conformance.py writes it.
struct ConformanceCase {
  /// What came of a case.
  enum Outcome {
    case passed
    case failed(String)
    /// What stands in the way before anything is computed: an operator or a type that is not supported.
    case notClaimed(String)
  }

  let name: String
  /// All operators of the model.
  let operators: [String]
  private let obstacle: String?
  private let json: JSONField
  private let folder: String

  init(_ json: JSONField, folder: String) throws {
    self.json = json
    self.folder = folder
    name = try json.required("name").string()
    operators = try json.required("operators").strings()
    obstacle = try json.optional("obstacle")?.string()
  }

  /// Imports and runs the model.
  func outcome() -> Outcome {
    let names = Set(ONNXOperators.names)
    let missing = operators.filter { !names.contains($0) }
    if !missing.isEmpty { return .notClaimed(missing.joined(separator: ", ")) }
    if let obstacle { return .notClaimed(obstacle) }
    // Lengths, axes and the like are constants in the files of exporters, and inputs in most of these cases.
    if let outcome = try? outcome(of: "model", on: "inputs") { return outcome }
    do { return try outcome(of: "constant", on: "constant_inputs") } catch let error as ONNXImportError {
      let isOther = error.problems.contains { $0.reason?.hasPrefix("it uses ONNX operator set") == true }
      let (first, last) = (ONNXFile.operatorSets.lowerBound, ONNXFile.operatorSets.upperBound)
      if isOther { return .notClaimed("an operator set before \(first) or after \(last)") }
      return .failed(error.problems.map(\.description).joined(separator: "; "))
    } catch { return .failed("\(error)") }
  }

  /// Returns whether a model's results are the expected ones.
  ///
  /// - Throws: what importing and running it throws.
  private func outcome(of key: String, on inputs: String) throws -> Outcome {
    let model = try ONNXImport(contentsOf: "\(folder)/\(json.required(key).string())")
    let (inputs, expected) = (try tensors(inputs), try tensors("outputs"))
    let plan = try Plan(model.graph, weights: model.weights, inputShapes: inputs.map(\.shape))
    let interpreted = try Interpreter(model.graph, weights: model.weights).run(inputs)
    if let difference = try difference(interpreted, expected) { return .failed(difference) }
    let planned = try Session(plan, threads: 1).run(inputs)
    return try difference(planned, expected).map { .failed("as a plan, \($0)") } ?? .passed
  }

  private func tensors(_ key: String) throws -> [Tensor] {
    try json.required(key).strings().map { try NumPyFile.read("\(folder)/\($0)") }
  }

  /// Returns how results differ from the expected ones; nil if they agree.
  private func difference(_ results: [Tensor], _ expected: [Tensor]) throws -> String? {
    guard results.count == expected.count else { return "there are \(results.count) results, not \(expected.count)" }
    let (relative, absolute) = (try json.required("rtol").double(), try json.required("atol").double())
    for (index, (result, expected)) in zip(results, expected).enumerated() {
      guard result.elementType == expected.elementType, result.shape == expected.shape else {
        return "result \(index) is \(ValueType(result)), not \(ValueType(expected))"
      }
      guard result.elementType == .float32 else {
        if result != expected { return "result \(index) has other elements" }
        continue
      }
      for (a, b) in zip(result.elements(as: Float.self), expected.elements(as: Float.self)) {
        let isEqual = a == b || a.isNaN && b.isNaN
        guard isEqual || abs(Double(a) - Double(b)) <= absolute + relative * abs(Double(b)) else {
          return "result \(index) has \(a) instead of \(b)"
        }
      }
    }
    return nil
  }
}
