import Foundation
import Tensors

/// Why a model of the zoo cannot be downloaded or used.
public enum ZooError: UserFacingError, Equatable {
  /// A name that no model of the zoo has.
  case unknownModel(String, known: [String])
  /// An address that is not an HTTP address.
  case badAddress(String)
  /// An expected SHA-256 that is not 64 hexadecimal digits.
  case badHash(String)
  /// Neither a cache folder nor a home folder is known.
  case noCacheFolder
  /// The server cannot be reached, or does not respond.
  case unreachable(url: String, reason: String)
  /// The server responded with an error.
  case refused(url: String, status: Int)
  /// The server responded with something that is not such a file.
  case badAnswer(url: String, problem: String)
  /// No data arrived for a while.
  case stalled(url: String, seconds: Double, received: Int)
  /// The connection ended before the file was complete.
  case interrupted(url: String, received: Int, expected: Int?)
  /// The file is larger than any checkpoint should be.
  case tooLarge(url: String, limit: Int)
  /// The file is not the expected one.
  case wrongHash(source: String, expected: String, found: String)
  /// The file in the cache is not the one that was downloaded.
  case changed(path: String, name: String)

  /// Whether a name, an address or a file is at fault, and not the network.
  public var isBadInput: Bool {
    switch self {
    case .unknownModel, .badAddress, .badHash, .wrongHash, .changed: true
    case .noCacheFolder, .unreachable, .refused, .badAnswer, .stalled, .interrupted, .tooLarge: false
    }
  }

  /// A sentence that says what to do.
  public var description: String {
    switch self {
    case .unknownModel(let name, let known):
      "there is no model named '\(name)' in the zoo; known are \(known.joined(separator: ", "))"
    case .badAddress(let text): "'\(text)' is not an address that starts with https:// or http://"
    case .badHash(let text): "'\(text)' is not a SHA-256: 64 hexadecimal digits are expected"
    case .noCacheFolder: "there is no folder for downloaded models: set ACCELERATOR_HOME or HOME"
    case .unreachable(let url, let reason): "\(url) cannot be reached: \(reason)"
    case .refused(let url, let status): "\(url) cannot be downloaded: the server answered with status \(status)"
    case .badAnswer(let url, let problem): "\(url) cannot be downloaded: \(problem)"
    case .stalled(let url, let seconds, let received):
      "\(url) sent nothing for \(seconds.formatted()) seconds, after \(received) bytes; the download can be resumed"
    case .interrupted(let url, let received, let expected):
      "\(url) ended after \(received)\(expected.map { " of \($0)" } ?? "") bytes; the download can be resumed"
    case .tooLarge(let url, let limit): "\(url) is larger than the \(limit) bytes that are allowed for this model"
    case .wrongHash(let source, let expected, let found):
      "\(source) has the SHA-256 \(found), but \(expected) is expected"
    case .changed(let path, let name):
      "\(path) has changed since it was downloaded: download \(name) again"
    }
  }
}
