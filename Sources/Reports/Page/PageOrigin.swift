import Foundation
import CPU

/// How a page came to be, which its foot says: when, by which version and command, on which machine.
public struct PageOrigin: Sendable {
  /// When it was made.
  public var date: Date
  /// The command's name and arguments; empty where a program made the page.
  public var arguments: [String]
  /// The processor's name.
  public var processor: String
  /// The instruction set whose kernels ran; nil if it is not known.
  public var isa: ISA?
  /// How many threads ran the model; nil if it is not known.
  public var threads: Int?

  /// An origin; by default this machine and this moment.
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

  /// The command as it would be typed in a shell, without the folder that it lies in.
  var command: String? {
    guard let first = arguments.first else { return nil }
    return ([(first as NSString).lastPathComponent] + arguments.dropFirst()).map(Self.quoted).joined(separator: " ")
  }

  /// Processor, instruction set and threads.
  var machine: String {
    [processor, isa?.rawValue, threads.map { "\($0) thread\($0 == 1 ? "" : "s")" }].compactMap { $0 }
      .joined(separator: ", ")
  }

  /// A word that a shell takes as it is.
  private static func quoted(_ word: String) -> String {
    let isPlain = !word.isEmpty && word.allSatisfy { $0.isLetter || $0.isNumber || "_-+=:,./@%".contains($0) }
    return isPlain ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
  }
}
