/// What came of the ONNX project's test cases, by operator.
struct ConformanceReport {
  let version: String
  let results: [(example: ConformanceCase, outcome: ConformanceCase.Outcome)]

  /// The counts of the cases that have an operator.
  private struct Row {
    var passed = 0
    var failed = 0
    /// The number of cases by what stands in their way.
    var others: [String: Int] = [:]

    mutating func count(_ outcome: ConformanceCase.Outcome) {
      switch outcome {
      case .passed: passed += 1
      case .failed: failed += 1
      case .notClaimed(let reason): others[reason, default: 0] += 1
      }
    }
  }

  private var total: Row {
    results.reduce(into: Row()) { $0.count($1.outcome) }
  }

  /// The share of the cases that pass, among those whose operators are all supported.
  var passedShare: Double {
    let total = total
    return Double(total.passed) / Double(max(total.passed + total.failed, 1))
  }

  /// The cases that fail, with the reason.
  var failures: [String] {
    results.compactMap { example, outcome in
      if case .failed(let reason) = outcome { "`\(example.name)`: \(reason)" } else { nil }
    }
  }

  /// The table as Markdown.
  var text: String {
    var rows: [String: Row] = [:]
    for (example, outcome) in results {
      for name in example.operators { rows[name, default: Row()].count(outcome) }
    }
    let lines = rows.sorted { $0.key < $1.key }.map { name, row in
      let reasons = row.others.filter { $0.key != name }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { "\($0.value) × \($0.key)" }
      let reason = ((row.others[name] == nil ? [] : ["not supported"]) + reasons).joined(separator: "; ")
      return "| \(name) | \(row.passed) | \(row.failed) | \(row.others.values.reduce(0, +)) | \(reason) |"
    }
    let total = total
    let percent = (passedShare * 1000).rounded() / 10
    return """
      # ONNX operators

      What comes of the test cases of ONNX \(version), imported and then run by the interpreter and as a plan.
      `scripts/onnx-conformance` writes this page, and a test fails if it is not up to date.

      \(total.passed) of \(total.passed + total.failed) cases pass (\(percent) %) whose operators and types are all \
      supported; \(total.others.values.reduce(0, +)) have others. A case counts for each operator of its model.
      Floating-point values of all widths are computed as float32 and compared with the tolerance of the case, or of its
      own type if that is narrower. Inputs that an operator needs to know when it is imported, such as padding, are given
      as constants.

      | operator | passed | failed | not supported | because of |
      |---|---|---|---|---|
      \(lines.joined(separator: "\n"))

      ## Cases that fail

      \(failures.map { "- \($0)" }.joined(separator: "\n"))

      """
  }
}
