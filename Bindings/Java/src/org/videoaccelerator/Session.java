package org.videoaccelerator;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/**
 * A model that is prepared for inputs of known shapes: kernels are chosen, weights packed, and all memory of runs allocated. A model
 * with states goes on from run to run.
 */
public final class Session extends Handle {
  /** How a model is prepared. */
  public static final class Options {
    /** The number of threads that run the model, the caller's included: 1 to 256; 0 for 1. */
    public int threads;
    /** The number format to run in. An int8 model can run in each, others in fp32 and fp16. */
    public Precision precision = Precision.OWN;
    /** A shape for each input: the lengths, outermost first. Empty for those of one clip, which the recipe says. */
    public long[][] shapes = {};

    /** Creates options of one thread, the model's own precision, and the shapes of one clip. */
    public Options() {}
  }

  /** The inputs, with all lengths. */
  public final List<Value> inputs;
  /** The outputs, with all lengths. */
  public final List<Value> outputs;

  /**
   * Prepares a model for one clip, on one thread.
   *
   * @param model the model, which may be closed afterwards.
   * @throws AcceleratorException if the model's recipe does not say the shapes of a clip.
   */
  public Session(Model model) {
    this(model, new Options());
  }

  /**
   * Prepares a model.
   *
   * @param model the model, which may be closed afterwards.
   * @param options the number of threads, precision and shapes.
   * @throws AcceleratorException if the model does not take such shapes or options.
   */
  public Session(Model model, Options options) {
    super(model.openSession(options), Session::close);
    List<Value> inputs = new ArrayList<>();
    for (int index = 0; index < model.inputs.size(); index++) inputs.add(input(number, index));
    this.inputs = Collections.unmodifiableList(inputs);
    List<Value> outputs = new ArrayList<>();
    for (int index = 0; index < model.outputs.size(); index++) outputs.add(output(number, index));
    this.outputs = Collections.unmodifiableList(outputs);
  }

  /**
   * Runs the model on tensors: contiguous, in row-major order and the machine's byte order, of the session's shapes and element
   * types. Positions and limits of the buffers stay as they are.
   *
   * @param inputs a direct buffer for each input; {@link Value#allocate} makes one.
   * @param outputs a direct buffer for each output.
   * @throws AcceleratorException if the buffers have other numbers of bytes, or the model fails.
   */
  public void run(ByteBuffer[] inputs, ByteBuffer[] outputs) {
    run(number, Buffers.readable(inputs), Buffers.writable(outputs));
  }

  /**
   * Runs a model with one input and one output.
   *
   * @param input a direct buffer for the input.
   * @param output a direct buffer for the output.
   * @throws AcceleratorException if the buffers have other numbers of bytes, or the model fails.
   */
  public void run(ByteBuffer input, ByteBuffer output) {
    run(new ByteBuffer[] {input}, new ByteBuffer[] {output});
  }

  /**
   * Runs the model on a clip.
   *
   * @param pictures pictures of any sizes in the order of time, of which as many are taken as a clip has, evenly spread; of fewer,
   *     some are repeated.
   * @param outputs a direct buffer for each output.
   * @throws AcceleratorException if the session's inputs are not those of one clip, a picture's description is not valid, or the
   *     model fails.
   */
  public void run(List<Picture> pictures, ByteBuffer... outputs) {
    runPictures(number, Picture.array(pictures), Buffers.writable(outputs));
  }

  /**
   * Classifies a clip.
   *
   * @param pictures pictures as {@link #run(List, ByteBuffer...)} takes them.
   * @return the probability of each class.
   * @throws AcceleratorException as {@link #run(List, ByteBuffer...)}, and if the first output is not {@code [1, classes]}.
   */
  public float[] classify(List<Picture> pictures) {
    long[] shape = outputs.get(0).getShape();
    int classCount = shape.length == 2 ? (int) shape[1] : 0;
    return classify(number, Picture.array(pictures), classCount);
  }

  /** Sets the states to their initial values. */
  public void reset() {
    reset(number);
  }

  /**
   * Returns the states.
   *
   * @return bytes for {@link #restore} in a session of the same model and shapes.
   */
  public byte[] save() {
    return save(number);
  }

  /**
   * Continues from saved states.
   *
   * @param states what {@link #save} has returned.
   * @throws AcceleratorException if the bytes are not that.
   */
  public void restore(byte[] states) {
    restore(number, Objects.requireNonNull(states, "the states are null"));
  }

  /**
   * Measures the steps of the model on inputs of zeros, after a warm-up. It resets the states.
   *
   * @param runs the number of pairs of runs, 1 to 10000.
   * @return a JSON object with the instruction set, the number of threads, the median and the shortest time of a run in
   *     milliseconds, and for each step its kernel, layer, operations, time, multiply-adds and bytes.
   */
  public String profile(int runs) {
    return new String(profile(number, runs), StandardCharsets.UTF_8);
  }

  private static native void close(long number);

  private native Value input(long number, int index);

  private native Value output(long number, int index);

  private native void run(long number, ByteBuffer[] inputs, ByteBuffer[] outputs);

  private native void runPictures(long number, Picture[] pictures, ByteBuffer[] outputs);

  private native float[] classify(long number, Picture[] pictures, int classCount);

  private native void reset(long number);

  private native byte[] save(long number);

  private native void restore(long number, byte[] states);

  private native byte[] profile(long number, int runs);
}
