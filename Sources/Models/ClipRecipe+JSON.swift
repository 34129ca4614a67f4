import Preprocessing
import Tensors

extension ClipRecipe {
  /// Reads a recipe from `preprocessor_config.json` or an `.accel` file.
  ///
  /// - Throws: `FormatError` that names the key, `PreprocessingError` if a value is out of range.
  public init(decoding field: JSONField) throws {
    let crop = try field.required("crop_size")
    let (height, width) = (try crop.required("height").int(), try crop.required("width").int())
    guard height == width else { throw crop.error("must be square, but is \(height)×\(width)") }
    try self.init(
      frameCount: field.required("num_frames").int(), samplingRate: field.required("sampling_rate").int(),
      shortSide: field.required("size").required("shortest_edge").int(), cropSize: height,
      mean: field.required("image_mean").doubles().map { Float($0) },
      standardDeviation: field.required("image_std").doubles().map { Float($0) },
      framesPerSecond: field.optional("frames_per_second")?.double() ?? 30)
  }

  /// The recipe as `preprocessor_config.json` and `.accel` files contain it.
  public var encoded: JSON {
    let exact = { (value: Float) in JSON.number(Double("\(value)") ?? Double(value)) }
    return [
      "num_frames": JSON(frameCount), "sampling_rate": JSON(samplingRate),
      "frames_per_second": .number(framesPerSecond), "size": ["shortest_edge": JSON(shortSide)],
      "crop_size": ["height": JSON(cropSize), "width": JSON(cropSize)],
      "image_mean": .array(mean.map(exact)), "image_std": .array(standardDeviation.map(exact)),
    ]
  }
}
