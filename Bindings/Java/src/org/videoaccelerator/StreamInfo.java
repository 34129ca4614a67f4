package org.videoaccelerator;

/** What a stream is, and what it has done so far. */
public final class StreamInfo {
  /** Whether each frame is computed once, or clips overlap. */
  public final Stream.Method method;
  /** The number of classes. */
  public final int classCount;
  /** The number of sampled frames before the one with the first prediction. */
  public final int warmUpFrames;
  /** The number of sampled frames from one prediction to the next. */
  public final int stride;
  /** The number of sampled frames by which predictions lag. */
  public final int delay;
  /** The time from one sampled frame to the next in seconds. */
  public final double frameInterval;
  /** The number of pictures that were pushed. */
  public final long frames;
  /** The number of pictures that the model took. */
  public final long sampled;
  /** The number of pictures that were skipped. */
  public final long skipped;
  /** The number of pictures that the model took again, as none was newer. */
  public final long repeated;
  /** The number of predictions. */
  public final long predictions;
  /** The number of predictions whose class differs from the previous one's. */
  public final long changes;
  /** How often the past was forgotten. */
  public final long resets;
  /** How often time jumped. */
  public final long jumps;
  /** How often the size of pictures changed. */
  public final long sizeChanges;
  /** How often a picture caused an error. */
  public final long failures;

  // Called by the binding.
  StreamInfo(
      int method, int classCount, int warmUpFrames, int stride, int delay, double frameInterval, long frames,
      long sampled, long skipped, long repeated, long predictions, long changes, long resets, long jumps,
      long sizeChanges, long failures) {
    this.method = Stream.Method.values()[method];
    this.classCount = classCount;
    this.warmUpFrames = warmUpFrames;
    this.stride = stride;
    this.delay = delay;
    this.frameInterval = frameInterval;
    this.frames = frames;
    this.sampled = sampled;
    this.skipped = skipped;
    this.repeated = repeated;
    this.predictions = predictions;
    this.changes = changes;
    this.resets = resets;
    this.jumps = jumps;
    this.sizeChanges = sizeChanges;
    this.failures = failures;
  }
}
