import Foundation
import CPU

/// How a page was made, as its footer says: when, by which version and command, on which machine.
public struct PageOrigin: Sendable {
  /// The time at which it was made.
  public var date: Date
  /// The command's name and arguments; empty if it was not made by the command.
  public var arguments: [String]
  /// The processor's name.
  public var processor: String
  /// The instruction set of the kernels; nil if it is not known.
  public var isa: ISA?
  /// The number of threads that ran the model; nil if it is not known.
  public var threads: Int?

  /// Creates an origin; the default values are this machine and the current time.
  public init(
    arguments: [String] = [], threads: Int? = nil, date: Date = Date(), processor: String = Processor.name,
    isa: ISA? = try? ISA.preferred()
  ) {
    self.arguments = arguments
    self.threads = threads
    self.date = date
    self.processor = processor
    self.isa = isa
  }

  /// The date and time in UTC, to the minute.
  var dateText: String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "UTC")
    formatter.dateFormat = "yyyy-MM-dd HH:mm 'UTC'"
    return formatter.string(from: date)
  }

  /// The command as it would be typed in a shell, without its folder.
  var command: String? {
    guard let first = arguments.first else { return nil }
    return ([(first as NSString).lastPathComponent] + arguments.dropFirst()).map(Self.quoted).joined(separator: " ")
  }

  /// The processor, instruction set and number of threads.
  var machine: String {
    [processor, isa?.rawValue, threads.map { "\($0) thread\($0 == 1 ? "" : "s")" }].compactMap { $0 }
      .joined(separator: ", ")
  }

  /// Returns an argument, quoted for a shell.
  private static func quoted(_ word: String) -> String {
    let isPlain = !word.isEmpty && word.allSatisfy { $0.isLetter || $0.isNumber || "_-+=:,./@%".contains($0) }
    return isPlain ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}
