#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why a file cannot be opened, read or written.
public struct FileError: UserFacingError {
  /// The file.
  public let path: String
  /// What is wrong with it, as in `is a directory`.
  public let reason: String
  /// The `errno` code of the system call that failed, such as `ENOENT`; nil if no call failed.
  public let code: Int32?
  /// Whether the file's name or type is at fault, and not the machine (because the disk is full, for example).
  public let isBadInput: Bool

  /// Creates an error about a file that is not what it should be.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
    code = nil
    isBadInput = true
  }

  /// Creates an error about a system call on the file that failed with an `errno` code.
  public init(path: String, action: String, code: Int32) {
    self.path = path
    self.code = code
    reason = "cannot be \(FileError.participle(of: action)): \(String(cString: strerror(code)))"
    isBadInput = ![ENOSPC, EIO, EMFILE, ENFILE, ENOMEM, EDQUOT, EFBIG].contains(code)
  }

  private static func participle(of action: String) -> String {
    switch action {
    case "map": "mapped"
    case "open": "opened"
    case "write": "written"
    default: action
    }
  }

  /// A sentence such as `PATH cannot be opened: No such file or directory`.
  public var description: String { "\(path.isEmpty ? "''" : path.printable) \(reason)" }
}

/// Why the contents of a file do not follow its format.
public struct FormatError: UserFacingError, Equatable {
  /// The file.
  public let path: String
  /// The offset in bytes; nil if the problem is not at one place.
  public let offset: Int?
  /// What was expected and what was found.
  public let problem: String

  /// Creates an error about a problem at an offset in a file.
  public init(path: String, offset: Int? = nil, _ problem: String) {
    self.path = path
    self.offset = offset
    self.problem = problem
  }

  /// A sentence such as `PATH, byte 12: expected a colon`.
  public var description: String {
    offset.map { "\(path.printable), byte \($0): \(problem)" } ?? "\(path.printable): \(problem)"
  }
}
