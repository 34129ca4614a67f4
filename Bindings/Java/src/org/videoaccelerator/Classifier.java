package org.videoaccelerator;

import java.util.ArrayList;
import java.util.List;

/** Classifies clips of pictures: scales, crops and normalizes them, runs the model, and sorts the classes. */
public final class Classifier implements AutoCloseable {
  private final Model model;
  private final Session session;

  /**
   * Prepares a model for clips, on one thread.
   *
   * @param model the model, which may be closed afterwards.
   * @throws AcceleratorException if the model's recipe does not say how clips are made.
   */
  public Classifier(Model model) {
    this(model, new Session.Options());
  }

  /**
   * Prepares a model for clips.
   *
   * @param model the model, which may be closed afterwards.
   * @param options the number of threads and the precision.
   * @throws AcceleratorException if the model's recipe does not say how clips are made.
   */
  public Classifier(Model model, Session.Options options) {
    this.model = model;
    session = new Session(model, options);
  }

  /**
   * Classifies a clip.
   *
   * @param pictures pictures of any sizes in the order of time, of which as many are taken as a clip has, evenly spread; of fewer,
   *     some are repeated.
   * @return the classes by descending probability.
   * @throws AcceleratorException if a picture's description is not valid, or the model is no classifier.
   */
  public List<Prediction> classify(List<Picture> pictures) {
    float[] scores = session.classify(pictures);
    List<Prediction> predictions = new ArrayList<>(scores.length);
    for (int index = 0; index < scores.length; index++) {
      predictions.add(new Prediction(model.label(index), index, scores[index]));
    }
    predictions.sort((first, second) -> Float.compare(second.score, first.score));
    return predictions;
  }

  /** Releases the memory. Does nothing if it was closed before. */
  @Override
  public void close() {
    session.close();
  }
}
