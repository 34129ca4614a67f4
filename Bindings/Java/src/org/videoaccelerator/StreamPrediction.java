package org.videoaccelerator;

/** The class of a stream at a time. */
public final class StreamPrediction {
  /** The label; "class" and its number if the model has no labels. */
  public final String label;
  /** The number of the class. It stays until another class leads by the margin, so it may not have the highest score. */
  public final int index;
  /** The averaged score of the class, 0 to 1. */
  public final float score;
  /** Whether the class differs from that of the previous prediction, or there is none. */
  public final boolean hasChanged;
  /** The timestamp of the newest picture that the prediction depends on, in seconds. */
  public final double timestamp;
  /** The time from when the picture was pushed to when the prediction was ready, in seconds. */
  public final double latency;

  // Called by the binding.
  StreamPrediction(Model model, int index, float score, boolean hasChanged, double timestamp, double latency) {
    label = model.label(index);
    this.index = index;
    this.score = score;
    this.hasChanged = hasChanged;
    this.timestamp = timestamp;
    this.latency = latency;
  }

  @Override
  public String toString() {
    return label + " " + score + " at " + timestamp + " s";
  }
}
