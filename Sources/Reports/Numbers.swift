import Foundation
import Tensors

extension Double {
  /// Returns the number with a fixed number of decimals.
  package func fixed(_ decimals: Int) -> String { String(format: "%.\(decimals)f", self) }

  /// The number with three digits and a power of ten, such as `1.25e-05`.
  package var scientific: String { String(format: "%.2e", self) }
}

extension Int {
  /// The number of bytes in a readable unit, such as `15.3 MB`.
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
  /// Returns a number rounded to a number of decimals, so that output stays readable.
  package static func rounded(_ value: Double, _ decimals: Int = 3) -> JSON {
    let factor = Double(sign: .plus, exponent: 0, significand: 1) * pow(10, Double(decimals))
    return .number((value * factor).rounded() / factor)
  }
}
