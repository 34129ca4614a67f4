package org.videoaccelerator;

/** A class with its probability. */
public final class Prediction {
  /** The label; "class" and its number if the model has no labels. */
  public final String label;
  /** The number of the class. */
  public final int index;
  /** The probability. */
  public final float score;

  Prediction(String label, int index, float score) {
    this.label = label;
    this.index = index;
    this.score = score;
  }

  @Override
  public String toString() {
    return label + " " + score;
  }
}
