/// A frame as a model sees it: scaled, cropped and normalized, so that overlapping clips can share it.
public struct CroppedFrame: Sendable {
  /// `[crops, 3, cropSize, cropSize]`.
  let values: [Float]
}

extension ClipBuilder {
  /// Scales, crops and normalizes a frame for this builder's clips.
  ///
  /// - Throws: ``PreprocessingError`` if the frame is too long and thin to be scaled.
  public mutating func cropped(_ frame: Frame) throws(PreprocessingError) -> CroppedFrame {
    try prepareResamplers(for: frame)
    let plane = recipe.cropSize * recipe.cropSize
    var values = [Float](repeating: 0, count: crops.count * 3 * plane)
    for (crop, resampler) in resamplers.enumerated() {
      resampler.resample(frame, to: &values, at: crop * 3 * plane, stride: plane)
    }
    return CroppedFrame(values: values)
  }
}
