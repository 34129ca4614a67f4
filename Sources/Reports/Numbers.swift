import Foundation
import Tensors

extension Double {
  /// A fixed number of decimals.
  package func fixed(_ decimals: Int) -> String { String(format: "%.\(decimals)f", self) }

  /// Three digits and a power of ten, such as `1.25e-05`.
  package var scientific: String { String(format: "%.2e", self) }
}

extension Int {
  /// Bytes in a unit that a person reads, such as `15.3 MB`.
  package var byteText: String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var value = Double(self)
    var unit = 0
    while value >= 999.5, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return unit == 0 ? "\(self) B" : "\(value.fixed(value < 10 ? 2 : 1)) \(units[unit])"
  }
}

extension JSON {
  /// A number rounded to a number of decimals, so that output stays readable.
  package static func rounded(_ value: Double, _ decimals: Int = 3) -> JSON {
    let factor = Double(sign: .plus, exponent: 0, significand: 1) * pow(10, Double(decimals))
    return .number((value * factor).rounded() / factor)
  }
}
