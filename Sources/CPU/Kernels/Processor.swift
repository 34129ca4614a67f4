import CKernels

/// The processor of this machine.
public enum Processor {
  /// The processor's name, with family and model: `AMD EPYC (family 26, model 2)`.
  ///
  /// A measurement holds for all processors of the same name.
  public static let name: String = {
    var text = [CChar](repeating: 0, count: 128)
    va_cpu_name(&text, text.count)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }()
}
