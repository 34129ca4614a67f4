package org.videoaccelerator;

import java.util.Objects;

/** Classifies a camera's pictures as they come: samples them by their timestamps, averages scores, and holds the class. */
public final class Stream extends Handle {
  /** How a stream runs its model. */
  public enum Method {
    // In the order of the library's numbers, from 0 on.
    /** Frame by frame if the model has states, else on windows. */
    AUTOMATIC,
    /** Frame by frame: a model that was deployed in its continual form, or that has states of its own. */
    CONTINUAL,
    /** On clips of the newest frames, which overlap. */
    WINDOWS
  }

  /** How a stream makes predictions. */
  public static final class Options {
    /** The number of threads that run the model, the caller's included: 1 to 256; 0 for 1. */
    public int threads;
    /** The number format to run in. An int8 model can run in each, others in fp32 and fp16. */
    public Precision precision = Precision.OWN;
    /** How the stream runs its model. */
    public Method method = Method.AUTOMATIC;
    /** The number of sampled frames from one window to the next; 0 for half a clip. */
    public int stride;
    /** The window in seconds over which scores are averaged; 0 for none. */
    public double window;
    /** The lead in score, 0 to 1, that another class needs to replace the current one. */
    public double margin;
    /** The time in seconds that a class stays at least. */
    public double shortest;
    /**
     * The longest time in seconds without pictures for which the last one is repeated; after a longer one the past is forgotten. 0
     * for half of the time that a result depends on, but at least a clip's duration and one second.
     */
    public double longestGap;

    /** Creates the usual options. */
    public Options() {
      double[] usual = usualOptions();
      window = usual[0];
      margin = usual[1];
      shortest = usual[2];
      longestGap = usual[3];
    }
  }

  private final Model model;

  /**
   * Opens a stream with the usual options.
   *
   * @param model the model, which may be closed afterwards.
   * @throws AcceleratorException if the model is no classifier of clips or frames.
   */
  public Stream(Model model) {
    this(model, new Options());
  }

  /**
   * Opens a stream.
   *
   * @param model the model, which may be closed afterwards: a continual form computes each frame once, others run on clips that
   *     overlap.
   * @param options how it makes predictions.
   * @throws AcceleratorException if the model is no classifier of clips or frames, or cannot run so.
   */
  public Stream(Model model, Options options) {
    super(model.openStream(options), Stream::close);
    this.model = model;
  }

  /**
   * Takes the next picture; its timestamp chooses whether the model takes it.
   *
   * @param picture the picture, whose memory is not used after the call.
   * @return the prediction that it gives; null if it is skipped, within a window, and before the warm-up.
   * @throws AcceleratorException if the picture's description is not valid; or if the model fails, after which the past is forgotten,
   *     and pictures that follow can be pushed.
   */
  public StreamPrediction push(Picture picture) {
    return push(number, Objects.requireNonNull(picture, "the picture is null"), model);
  }

  /**
   * Returns the averaged score of each class of the last prediction.
   *
   * @return the scores, 0 to 1.
   * @throws AcceleratorException with {@link AcceleratorException.Status#UNSUPPORTED} if there is no prediction yet.
   */
  public float[] getScores() {
    return scores(number);
  }

  /**
   * Returns what the stream is, and what it has done so far.
   *
   * @return a copy of its counters.
   */
  public StreamInfo getInfo() {
    return info(number);
  }

  /** Forgets all pictures, such as after a change of scene. Counters go on. */
  public void reset() {
    reset(number);
  }

  /**
   * Returns all that later predictions depend on.
   *
   * @return bytes for {@link #restore} in a stream of the same model and options, whose predictions are then the same to the last
   *     bit.
   */
  public byte[] save() {
    return save(number);
  }

  /**
   * Continues from what a stream has saved.
   *
   * @param state what {@link #save} has returned.
   * @throws AcceleratorException if the bytes are not that; the stream is then unchanged.
   */
  public void restore(byte[] state) {
    restore(number, Objects.requireNonNull(state, "the state is null"));
  }

  private static native double[] usualOptions();

  private static native void close(long number);

  private native StreamPrediction push(long number, Picture picture, Model model);

  private native float[] scores(long number);

  private native StreamInfo info(long number);

  private native void reset(long number);

  private native byte[] save(long number);

  private native void restore(long number, byte[] state);
}
