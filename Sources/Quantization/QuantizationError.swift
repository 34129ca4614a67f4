import IR
import Tensors

/// Why a model cannot be quantized.
public enum QuantizationError: UserFacingError, Equatable {
  /// Calibration without clips.
  case noClips
  /// A clip of another shape than the first one.
  case shape(clip: String, expected: [[Int]], found: [[Int]])
  /// NaN or infinity in a clip, or in a layer's result.
  case notFinite(clip: String, layer: String)
  /// Numbers far outside of the range of the model's inputs.
  case outOfRange(clip: String, lowest: Float, highest: Float, range: ClosedRange<Float>)
  /// Clips in 0...1 for a model that takes normalized ones.
  case notNormalized(range: ClosedRange<Float>)
  /// NaN or infinity in a weight.
  case weight(parameter: String, value: Float)
  /// A graph without an operation that runs in integers.
  case nothingToQuantize
  /// An input, or a clip's tensor for it, that is not float32.
  case elementType(input: String, ElementType)
  /// An accuracy budget that leaves no layer in integers; with the SQNR of all layers in integers, in dB.
  case budget(AccuracyBudget, Double)

  /// A sentence that names the clip and the layer.
  public var description: String {
    switch self {
    case .noClips: "quantization needs calibration clips, and there are none"
    case .shape(let clip, let expected, let found):
      "\(clip) is \(Self.text(found)), not \(Self.text(expected)) as the first calibration clip"
    case .notFinite(let clip, let layer): "\(clip) gives NaN or infinity in \(layer): check the clip and the weights"
    case .outOfRange(let clip, let lowest, let highest, let range):
      "\(clip) holds numbers from \(lowest) to \(highest), but this model's clips are normalized, "
        + "\(Self.text(range)): divide pixels by 255, subtract the model's mean and divide by its standard deviation, or "
        + "calibrate on videos"
    case .notNormalized(let range):
      "the calibration clips hold numbers from 0 to 1, but this model's clips are normalized, \(Self.text(range)): subtract "
        + "the model's mean and divide by its standard deviation, or calibrate on videos"
    case .weight(let parameter, let value): "a weight in \(parameter) is \(value): the model cannot be quantized"
    case .nothingToQuantize: "the model has no operation that runs in integers: deploy it in fp32 or fp16"
    case .elementType(let input, let type):
      "the input \(input) is \(type), and calibration takes float32 tensors: deploy the model in fp32 or fp16, or convert the clips"
    case .budget(let budget, let decibels):
      "no layer can be in int8 within an accuracy budget of \(budget) (all layers in int8: "
        + "\(QuantizationReport.decimal(decibels)) dB): ask for less, or deploy the model in fp16"
    }
  }

  private static func text(_ range: ClosedRange<Float>) -> String {
    "\(QuantizationReport.decimal(Double(range.lowerBound))) to \(QuantizationReport.decimal(Double(range.upperBound)))"
  }

  private static func text(_ shapes: [[Int]]) -> String { shapes.map { "\($0)" }.joined(separator: ", ") }
}
