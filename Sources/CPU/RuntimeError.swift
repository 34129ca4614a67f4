import IR
import Tensors

/// Why a model cannot be planned or run on this machine.
public enum RuntimeError: UserFacingError, Equatable {
  /// An instruction set that this processor lacks.
  case unavailableISA(String, available: [String])
  /// The system has no more memory.
  case outOfMemory(bytes: Int)
  /// The system refuses to start more threads; the caller's is one of those that there are.
  case outOfThreads(requested: Int, started: Int)
  /// An invalid number of threads.
  case threadCount(Int)
  /// An invalid number of profiled runs.
  case runCount(Int)
  /// An input of another shape or element type than the plan's.
  case input(number: Int, expected: ValueType, found: ValueType)
  /// Too few or too many inputs.
  case inputCount(expected: Int, found: Int)
  /// An input that is quantized and contains NaN.
  case notANumber(input: Int)
  /// int8 without a quantization table.
  case noQuantization
  /// An operation that cannot take the values of its inputs in this run, such as an index that is out of range.
  case values(GraphError)

  /// A sentence that says what to change.
  public var description: String {
    switch self {
    case .unavailableISA(let name, let available):
      "this processor does not run '\(name)' instructions: choose one of \(available.joined(separator: ", "))"
    case .outOfMemory(let bytes): "cannot allocate \(bytes) bytes for this model and input"
    case .outOfThreads(let requested, let started):
      "the system lets this process have \(started) of \(requested) threads: use fewer, or raise the limit"
    case .input(let number, let expected, let found):
      "input \(number) must be \(expected), not \(found)"
        + (expected.shape == found.shape ? "" : ": make another plan for another shape")
    case .inputCount(let expected, let found): "the plan takes \(expected) input(s), not \(found)"
    case .notANumber(let number): "input \(number) contains NaN, which int8 cannot hold"
    case .noQuantization: "int8 needs a quantized model, which calibration makes"
    case .values(let error): error.description
    case .threadCount(let count): "\(count) threads cannot be used: choose 1 to 256"
    case .runCount(let count): "\(count) runs cannot be profiled: choose 1 to \(Session.mostProfiledRuns)"
    }
  }

  /// Whether the request is at fault, and not the machine.
  public var isBadInput: Bool {
    switch self {
    case .outOfMemory, .outOfThreads: false
    default: true
    }
  }
}
