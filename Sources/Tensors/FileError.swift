#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that cannot be opened, read or written.
public struct FileError: UserFacingError {
  /// The file.
  public let path: String
  /// What is wrong with it, as in `is a directory`.
  public let reason: String
  /// The system's `errno` code of the call that failed, `ENOENT` for example; nil if the file is not what it should be.
  public let code: Int32?
  /// Whether the file's name or nature is at fault, and not the machine (a full disk, say).
  public let isBadInput: Bool

  /// A file that is not what it should be.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
    code = nil
    isBadInput = true
  }

  /// A system call on the file that failed with an `errno` code.
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

  /// `PATH cannot be opened: No such file or directory`, for example.
  public var description: String { "\(path.isEmpty ? "''" : path.printable) \(reason)" }
}

/// A file whose contents are not what its format says.
public struct FormatError: UserFacingError, Equatable {
  /// The file.
  public let path: String
  /// Where in the file, in bytes; nil where the problem is not at one place.
  public let offset: Int?
  /// What was expected and what was found.
  public let problem: String

  /// A problem at an offset in a file.
  public init(path: String, offset: Int? = nil, _ problem: String) {
    self.path = path
    self.offset = offset
    self.problem = problem
  }

  /// `PATH, byte 12: expected a colon`, for example.
  public var description: String {
    offset.map { "\(path.printable), byte \($0): \(problem)" } ?? "\(path.printable): \(problem)"
  }
}
