package org.videoaccelerator;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A deployed model: graph, weights, recipe and labels of an {@code .accel} file. Threads can share it. */
public final class Model extends Handle {
  /** The name. */
  public final String name;
  /** The number format. */
  public final Precision precision;
  /** The inputs. */
  public final List<Value> inputs;
  /** The outputs. */
  public final List<Value> outputs;
  /** The labels of the classes; empty if the file has none. */
  public final List<String> labels;
  /** The number of states that a run hands on to the next; 0 for models of clips. */
  public final int stateCount;
  /**
   * For a model that takes one frame after the other: the number of frames that a result depends on. The first
   * {@code receptiveField - 1} results are not valid. 0 if all results are valid.
   */
  public final int receptiveField;
  /** By how many frames results lag. */
  public final int delay;

  /**
   * Opens an {@code .accel} file, which stays mapped while it is used.
   *
   * @param path the file's path.
   * @return the model.
   * @throws AcceleratorException if the file cannot be read, or is no model.
   */
  public static Model open(String path) {
    if (path.indexOf('\0') >= 0) throw new IllegalArgumentException("a path cannot contain the character 0");
    return new Model(openPath((path + '\0').getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Opens the bytes of an {@code .accel} file, which are copied.
   *
   * @param bytes a direct buffer, such as a file that a channel has mapped.
   * @return the model.
   * @throws AcceleratorException if the bytes are no model.
   */
  public static Model open(ByteBuffer bytes) {
    return new Model(openBytes(Buffers.readable(bytes)));
  }

  private Model(long number) {
    super(number, Model::close);
    Info info = info(number);
    name = new String(info.name, StandardCharsets.UTF_8);
    precision = Precision.values()[info.precision];
    stateCount = info.stateCount;
    receptiveField = info.receptiveField;
    delay = info.delay;
    List<Value> inputs = new ArrayList<>();
    for (int index = 0; index < info.inputCount; index++) inputs.add(input(number, index));
    this.inputs = Collections.unmodifiableList(inputs);
    List<Value> outputs = new ArrayList<>();
    for (int index = 0; index < info.outputCount; index++) outputs.add(output(number, index));
    this.outputs = Collections.unmodifiableList(outputs);
    List<String> labels = new ArrayList<>();
    for (int index = 0; index < info.labelCount; index++) {
      labels.add(new String(label(number, index), StandardCharsets.UTF_8));
    }
    this.labels = Collections.unmodifiableList(labels);
  }

  /**
   * Returns how clips are made, of which all inputs are.
   *
   * @return the recipe.
   * @throws AcceleratorException with {@link AcceleratorException.Status#UNSUPPORTED} if the file has none.
   */
  public Recipe getRecipe() {
    return recipe(number);
  }

  /** Returns the label of a class, or its number if the file has no labels. */
  String label(int index) {
    return index < labels.size() ? labels.get(index) : "class " + index;
  }

  long openSession(Session.Options options) {
    long[][] shapes = options.shapes;
    int lengthCount = 0;
    for (long[] shape : shapes) lengthCount += shape.length;
    long[] lengths = new long[lengthCount];
    int count = 0;
    for (long[] shape : shapes) {
      System.arraycopy(shape, 0, lengths, count, shape.length);
      count += shape.length;
    }
    return openSession(number, options.threads, options.precision.ordinal(), shapes.length, lengths);
  }

  long openStream(Stream.Options options) {
    return openStream(
        number, options.threads, options.precision.ordinal(), options.method.ordinal(), options.stride, options.window,
        options.margin, options.shortest, options.longestGap);
  }

  /** What the binding says of a model. */
  static final class Info {
    final byte[] name;
    final int precision;
    final int inputCount;
    final int outputCount;
    final int labelCount;
    final int stateCount;
    final int receptiveField;
    final int delay;

    // Called by the binding.
    Info(
        byte[] name, int precision, int inputCount, int outputCount, int labelCount, int stateCount, int receptiveField,
        int delay) {
      this.name = name;
      this.precision = precision;
      this.inputCount = inputCount;
      this.outputCount = outputCount;
      this.labelCount = labelCount;
      this.stateCount = stateCount;
      this.receptiveField = receptiveField;
      this.delay = delay;
    }
  }

  private static native long openPath(byte[] path);

  private static native long openBytes(ByteBuffer bytes);

  private static native void close(long number);

  private native Info info(long number);

  private native Value input(long number, int index);

  private native Value output(long number, int index);

  private native byte[] label(long number, int index);

  private native Recipe recipe(long number);

  private native long openSession(long number, int threads, int precision, int shapeCount, long[] lengths);

  private native long openStream(
      long number, int threads, int precision, int method, int stride, double window, double margin, double shortest,
      double longestGap);
}
