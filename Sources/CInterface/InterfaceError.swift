import CPU
import CVideoAccelerator
import IR
import Models
import Preprocessing
import Streams
import Tensors

/// Why a call is refused before it reaches the library.
struct InterfaceError: Error, CustomStringConvertible {
  let status: Int
  let description: String

  /// An argument that is null, of a wrong size, or out of range.
  static func argument(_ problem: String) -> Self { Self(status: VACC_BAD_ARGUMENT, description: problem) }

  /// A model that cannot do what is asked for.
  static func unsupported(_ problem: String) -> Self { Self(status: VACC_UNSUPPORTED, description: problem) }

  /// A file or bytes that are not what they should be.
  static func file(_ problem: String) -> Self { Self(status: VACC_BAD_FILE, description: problem) }
}

/// Runs a function's body; returns its status, and keeps what an error says.
func status(_ body: () throws -> Void) -> vacc_status {
  do {
    try body()
    return vacc_status(VACC_OK)
  } catch {
    let text = "\(error)"
    text.withCString { vacc_set_last_error($0, text.utf8.count) }
    return vacc_status(code(of: error))
  }
}

private func code(of error: any Error) -> Int {
  switch error {
  case let error as InterfaceError: error.status
  case is FileError, is FormatError, is StateError: VACC_BAD_FILE
  case let error as ModelError:
    switch error {
    case .notAModel, .newerVersion, .damaged, .missingTensors, .unknownInput: VACC_BAD_FILE
    case .inputs, .notDeployable, .noRecipe, .notQuantized, .labelCount: VACC_UNSUPPORTED
    }
  case let error as RuntimeError:
    switch error {
    case .threadCount, .runCount, .input, .inputCount, .notANumber: VACC_BAD_ARGUMENT
    case .noQuantization: VACC_UNSUPPORTED
    case .unavailableISA, .outOfMemory, .outOfThreads, .values: VACC_FAILED
    }
  case let error as StreamError:
    switch error {
    case .option, .timestamp: VACC_BAD_ARGUMENT
    case .state: VACC_BAD_FILE
    }
  case let error as VideoClassifierError:
    if case .notFinite = error { VACC_FAILED } else { VACC_UNSUPPORTED }
  case let error as PreprocessingError:
    switch error {
    case .badFrame, .badPicture, .frameTooLong: VACC_BAD_ARGUMENT
    case .badRecipe, .clipTooLarge, .severalClips, .incompleteClip: VACC_UNSUPPORTED
    }
  case is GraphError: VACC_UNSUPPORTED
  default: VACC_FAILED
  }
}
