package org.videoaccelerator;

/** How clips are made of a video: sampled frames are scaled by their shorter side, cropped in the middle, and normalized. */
public final class Recipe {
  /** The number of frames in a clip. */
  public final int frameCount;
  /** The number of the video's frames from one frame of a clip to the next, at {@link #framesPerSecond}. */
  public final int samplingRate;
  /** The length that the shorter side is scaled to, in pixels. */
  public final int shortSide;
  /** The side of the square that is cropped, in pixels. */
  public final int cropSize;
  /** The frames of the video in a second. */
  public final double framesPerSecond;

  private final float[] mean;
  private final float[] standardDeviation;

  // Called by the binding.
  Recipe(
      int frameCount, int samplingRate, int shortSide, int cropSize, float[] mean, float[] standardDeviation,
      double framesPerSecond) {
    this.frameCount = frameCount;
    this.samplingRate = samplingRate;
    this.shortSide = shortSide;
    this.cropSize = cropSize;
    this.mean = mean;
    this.standardDeviation = standardDeviation;
    this.framesPerSecond = framesPerSecond;
  }

  /**
   * Returns the mean of red, green and blue.
   *
   * @return three numbers, of levels from 0 to 1.
   */
  public float[] getMean() {
    return mean.clone();
  }

  /**
   * Returns the standard deviation of red, green and blue.
   *
   * @return three numbers, of levels from 0 to 1.
   */
  public float[] getStandardDeviation() {
    return standardDeviation.clone();
  }
}
