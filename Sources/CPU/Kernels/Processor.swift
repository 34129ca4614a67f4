import CKernels

/// The processor that this runs on.
public enum Processor {
  /// What it calls itself, with what tells its generation: `AMD EPYC (family 26, model 2)`.
  ///
  /// What was measured on one processor holds for all of the same name.
  public static let name: String = {
    var text = [CChar](repeating: 0, count: 128)
    va_cpu_name(&text, text.count)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }()
}
