import Models
import Quantization
import Foundation
import IR
import CPU
import TestSupport
import Tensors

/// The largest difference over the largest expected value; infinite if the shapes differ.
func largestError(_ found: Tensor, _ expected: Tensor) -> Float {
  guard found.shape == expected.shape, found.elementType == expected.elementType else { return .infinity }
  let (a, b): ([Float], [Float]) = (
    found.converted(to: .float32).elements(), expected.converted(to: .float32).elements()
  )
  let difference = zip(a, b).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
  return difference == 0 ? 0 : difference / max(b.reduce(0) { max($0, abs($1)) }, .leastNormalMagnitude)
}

/// How much stronger than the difference of two results is what depends on the input, in dB.
func decibels(_ found: Tensor, _ expected: Tensor) -> Double {
  -20 * log10(max(relativeError(meanRemoved(found), meanRemoved(expected)), 1e-10))
}

/// For how many clips the largest results are those that are expected, as a share.
func share(_ found: [Int], _ expected: [Int]) -> Double {
  Double(zip(found, expected).count { $0 == $1 }) / Double(expected.count)
}

extension Model {
  /// The results of clips `[N, …]`, each run by itself, as `[N, K]`.
  func results(on clips: Tensor) throws -> Tensor {
    let parts = Calibration.clips(of: clips, name: "clip").map { $0.inputs[0] }
    let session = try Session(plan(inputShapes: parts[0].shape), threads: 2)
    return .concatenated(try parts.map { try session.run($0)[0] })
  }
}

extension Tensor {
  /// The rows of `[N, K]`.
  var rows: [[Float]] {
    let values = elements(as: Float.self)
    let width = values.count / shape[0]
    return (0..<shape[0]).map { Array(values[$0 * width..<($0 + 1) * width]) }
  }

  /// The index of the largest number of each row.
  var classes: [Int] { rows.map { row in row.indices.max { row[$0] < row[$1] } ?? 0 } }

  static func concatenated(_ parts: [Tensor]) -> Tensor { Operations.Concat(axis: 0).evaluate(parts)[0] }
}
