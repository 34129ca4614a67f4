import Passes
import Quantization
import Autotune
import Devices
import Foundation
import IR
import Formats
import Models
import Streams
import Zoo
import Architectures
import Preprocessing
import CPU
import Tensors
import Training
import Video

// Foundation's `localizedDescription`, which apps show, is the error's description. The conformances are here because
// the modules for phones do not use Foundation; a test keeps the list complete.

extension LocalizedError where Self: UserFacingError {
  /// The error's description.
  public var errorDescription: String? { description }
}

extension BatchError: LocalizedError {}
extension CheckpointError: LocalizedError {}
extension ContinualError: LocalizedError {}
extension DataSetError: LocalizedError {}
extension DeviceError: LocalizedError {}
extension DesignError: LocalizedError {}
extension FileError: LocalizedError {}
extension FormatError: LocalizedError {}
extension GraphError: LocalizedError {}
extension ArchitectureError: LocalizedError {}
extension ModelError: LocalizedError {}
extension ModelRequestError: LocalizedError {}
extension NonFiniteWeights: LocalizedError {}
extension NotANumber: LocalizedError {}
extension ONNXError: LocalizedError {}
extension ONNXImportError: LocalizedError {}
extension PreprocessingError: LocalizedError {}
extension QuantizationError: LocalizedError {}
extension RankError: LocalizedError {}
extension RuntimeError: LocalizedError {}
extension ShotDetectorError: LocalizedError {}
extension StateDictMismatch: LocalizedError {}
extension StateError: LocalizedError {}
extension StreamError: LocalizedError {}
extension TrainingError: LocalizedError {}
extension TransmuterError: LocalizedError {}
extension VideoClassifierError: LocalizedError {}
extension VideoError: LocalizedError {}
extension ZooError: LocalizedError {}
