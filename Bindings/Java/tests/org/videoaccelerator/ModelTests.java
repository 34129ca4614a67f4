package org.videoaccelerator;

import java.nio.ByteBuffer;
import java.nio.file.Paths;

/** Models, and what is refused. */
final class ModelTests {
  private ModelTests() {}

  static void describesAModel(TestFiles files) {
    try (Model model = Model.open(files.clips)) {
      Check.same("camera_motion_small", model.name, "the name");
      Check.same(Precision.FP32, model.precision, "the precision");
      Check.same(1, model.inputs.size(), "the number of inputs");
      Check.same(1, model.outputs.size(), "the number of outputs");
      Check.same(0, model.stateCount, "the number of states");
      Check.same(files.scores.length, model.labels.size(), "the number of labels");
      Check.that(model.labels.contains("hand-held shake"), "labels are texts");
      Value input = model.inputs.get(0);
      Check.that(input.isClip && !input.name.isEmpty(), "the input is a clip");
      Check.same(ElementType.FLOAT32, input.elementType, "the input's type");
      Check.same(5, input.getShape().length, "the input's rank");
      Check.same(3L, input.getShape()[1], "the number of channels");
      Check.refused(IllegalStateException.class, input::allocate);
      Recipe recipe = model.getRecipe();
      Check.that(recipe.frameCount > 1 && recipe.cropSize <= recipe.shortSide, "the recipe's sizes");
      Check.that(recipe.framesPerSecond > 0 && recipe.samplingRate > 0, "the recipe's rate");
      Check.that(recipe.getMean()[2] > 0 && recipe.getStandardDeviation()[2] > 0, "the recipe's statistics");
    }
    try (Model model = Model.open(files.tiny)) {
      Check.that(model.labels.isEmpty() && !model.inputs.get(0).isClip, "there are no labels and clips");
      Check.refused(AcceleratorException.Status.UNSUPPORTED, model::getRecipe);
      Check.refused(AcceleratorException.Status.UNSUPPORTED, () -> new Stream(model));
    }
    try (Model model = Model.open(files.steps)) {
      Check.that(model.stateCount > 0 && model.receptiveField > 1 && model.delay > 0, "the continual form");
    }
  }

  static void opensBytes(TestFiles files) throws Exception {
    ByteBuffer bytes = TestFiles.read(Paths.get(files.clips));
    // From the position to the limit.
    ByteBuffer larger = ByteBuffer.allocateDirect(bytes.remaining() + 7);
    larger.position(5);
    larger.put(bytes).flip().position(5);
    try (Model model = Model.open(larger)) {
      Check.same("camera_motion_small", model.name, "the name");
    }
    Check.refused(AcceleratorException.Status.BAD_FILE, () -> Model.open(ByteBuffer.allocateDirect(8)));
    Check.refused(AcceleratorException.Status.BAD_FILE, () -> Model.open(ByteBuffer.allocateDirect(0)));
    Check.refused(IllegalArgumentException.class, () -> Model.open(ByteBuffer.allocate(8)));
  }

  static void refusesOtherFiles(TestFiles files) {
    Check.refused(AcceleratorException.Status.BAD_FILE, () -> Model.open("/nowhere/mödel 📷.accel"));
    Check.refused(AcceleratorException.Status.BAD_FILE, () -> Model.open(""));
    Check.refused(AcceleratorException.Status.BAD_FILE, () -> Model.open("/"));
    Check.refused(IllegalArgumentException.class, () -> Model.open(files.clips + '\0'));
    Check.refused(NullPointerException.class, () -> Model.open((String) null));
    try {
      Model.open("/nowhere/mödel 📷.accel");
    } catch (AcceleratorException error) {
      Check.that(error.getMessage().contains("/nowhere/mödel 📷.accel"), "the sentence names the file: " + error);
    }
  }
}
