package org.videoaccelerator;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Sessions on tensors and on pictures. */
final class SessionTests {
  private SessionTests() {}

  static void givesTheBytesOfTheCommand(TestFiles files) {
    for (int threads = 1; threads <= 2; threads++) {
      Session.Options options = new Session.Options();
      options.threads = threads;
      try (Model model = Model.open(files.clips); Session session = new Session(model, options)) {
        ByteBuffer output = session.outputs.get(0).allocate();
        session.run(files.input, output);
        Check.same(files.expected, output, "the output on " + threads + " threads");
        Check.that(files.input.position() == 0 && output.position() == 0, "positions stay");
      }
    }
  }

  static void takesOtherShapes(TestFiles files) {
    Session.Options options = new Session.Options();
    options.shapes = new long[][] {{2, 3, 4, 80, 112}};
    try (Model model = Model.open(files.clips); Session session = new Session(model, options)) {
      Check.that(Arrays.equals(options.shapes[0], session.inputs.get(0).getShape()), "the input's shape");
      Check.same(2L, session.outputs.get(0).getShape()[0], "the output's first length");
      session.run(session.inputs.get(0).allocate(), session.outputs.get(0).allocate());
      Check.refused(
          AcceleratorException.Status.UNSUPPORTED, () -> session.classify(TestPictures.clip(TestPictures.Android.I420)));
      options.shapes = new long[][] {{1, 4, 4, 80, 80}};
      Check.refused(AcceleratorException.Status.UNSUPPORTED, () -> new Session(model, options));
      options.shapes = new long[][] {{1, 3, 4, 80, 80}, {1}};
      Check.refused(AcceleratorException.Status.BAD_ARGUMENT, () -> new Session(model, options));
      options.shapes = new long[0][];
      options.threads = 1000;
      Check.refused(AcceleratorException.Status.BAD_ARGUMENT, () -> new Session(model, options));
      options.threads = 1;
      options.precision = Precision.INT8;
      Check.refused(AcceleratorException.Status.UNSUPPORTED, () -> new Session(model, options));
    }
  }

  static void refusesOtherBuffers(TestFiles files) {
    try (Model model = Model.open(files.clips); Session session = new Session(model)) {
      ByteBuffer input = session.inputs.get(0).allocate();
      ByteBuffer output = session.outputs.get(0).allocate();
      Check.refused(IllegalArgumentException.class, () -> session.run(ByteBuffer.allocate(input.capacity()), output));
      Check.refused(IllegalArgumentException.class, () -> session.run(input, output.asReadOnlyBuffer()));
      Check.refused(NullPointerException.class, () -> session.run(input, null));
      Check.refused(
          AcceleratorException.Status.BAD_ARGUMENT, () -> session.run(new ByteBuffer[0], new ByteBuffer[] {output}));
      Check.refused(
          AcceleratorException.Status.BAD_ARGUMENT,
          () -> session.run(new ByteBuffer[] {input}, new ByteBuffer[] {output, output}));
      input.position(4);
      Check.refused(AcceleratorException.Status.BAD_ARGUMENT, () -> session.run(input, output));
    }
  }

  static void classifiesPicturesInAllLayouts(TestFiles files) {
    try (Model model = Model.open(files.clips); Session session = new Session(model)) {
      for (TestPictures.Android layout : TestPictures.Android.values()) {
        Check.that(Arrays.equals(files.scores, session.classify(TestPictures.clip(layout))), "scores of " + layout);
      }
      Check.that(Arrays.equals(files.scores, session.classify(TestPictures.clip(Picture.Format.NV12))), "scores of NV12");
      float[] scores = session.classify(TestPictures.clip(Picture.Format.RGB));
      Check.that(!Arrays.equals(scores, files.scores), "other pictures have other scores");
      for (Picture.Format format : new Picture.Format[] {Picture.Format.RGBA, Picture.Format.BGRA}) {
        Check.that(Arrays.equals(scores, session.classify(TestPictures.clip(format))), "scores of " + format);
      }
      ByteBuffer output = session.outputs.get(0).allocate();
      session.run(TestPictures.clip(Picture.Format.RGB), output);
      for (int index = 1; index < scores.length; index++) {
        boolean isHigher = output.getFloat(4 * index) > output.getFloat(0);
        Check.same(scores[index] > scores[0], isHigher, "the order of class " + index);
      }
    }
  }

  static void readsHowPicturesAreShown(TestFiles files) {
    try (Model model = Model.open(files.clips); Session session = new Session(model)) {
      List<Picture> pictures = TestPictures.clip(TestPictures.Android.NV21);
      for (Picture picture : pictures) picture.rotation(0);
      Check.that(!Arrays.equals(files.scores, session.classify(pictures)), "rotation matters");
      for (Picture picture : pictures) picture.rotation(90).fullRange(true);
      Check.that(!Arrays.equals(files.scores, session.classify(pictures)), "the range matters");
      for (Picture picture : pictures) picture.fullRange(false).matrix(Picture.Matrix.BT709);
      Check.that(!Arrays.equals(files.scores, session.classify(pictures)), "the matrix matters");
      for (Picture picture : pictures) picture.matrix(Picture.Matrix.BT601);
      Check.that(Arrays.equals(files.scores, session.classify(pictures)), "all is as it was");
      pictures.get(3).rotation(45);
      Check.refused(AcceleratorException.Status.BAD_ARGUMENT, () -> session.classify(pictures));
    }
  }

  static void refusesOtherPictures(TestFiles files) {
    try (Model model = Model.open(files.clips); Session session = new Session(model)) {
      ByteBuffer memory = ByteBuffer.allocateDirect(64 * 48 * 3);
      int[][] wrong = {{64, 49, 0, 0}, {-1, 48, 0, 0}, {64, 48, -192, 0}, {64, 48, 0, -3}, {64, 48, 0, 100}, {64, 48, 191, 3}};
      for (int[] numbers : wrong) {
        Picture picture =
            new Picture(Picture.Format.RGB, numbers[0], numbers[1], new Picture.Plane(memory, numbers[2], numbers[3]));
        Check.refused(
            AcceleratorException.Status.BAD_ARGUMENT, () -> session.classify(Collections.singletonList(picture)));
      }
      Check.refused(AcceleratorException.Status.BAD_ARGUMENT, () -> session.classify(Collections.emptyList()));
      Check.refused(NullPointerException.class, () -> session.classify(Collections.singletonList(null)));
      Picture.Plane plane = new Picture.Plane(memory, 0, 0);
      Check.refused(IllegalArgumentException.class, () -> new Picture(Picture.Format.I420, 64, 48, plane));
      Check.refused(NullPointerException.class, () -> Picture.yuv420(64, 48, plane, null, plane));
      Check.refused(IllegalArgumentException.class, () -> new Picture.Plane(ByteBuffer.allocate(9), 3, 1));
    }
  }

  static void goesOnFromItsStates(TestFiles files) {
    List<Picture> picture = Collections.singletonList(TestPictures.yuv(3, TestPictures.Android.I420));
    try (Model model = Model.open(files.steps); Session session = new Session(model)) {
      float[] first = session.classify(picture);
      byte[] states = session.save();
      float[] second = session.classify(picture);
      Check.that(!Arrays.equals(first, second), "states matter");
      session.restore(states);
      Check.that(Arrays.equals(second, session.classify(picture)), "what was saved goes on");
      session.reset();
      Check.that(Arrays.equals(first, session.classify(picture)), "a reset session begins anew");
      Check.refused(AcceleratorException.Status.BAD_FILE, () -> session.restore(new byte[3]));
      Check.refused(NullPointerException.class, () -> session.restore(null));
      String profile = session.profile(2);
      Check.that(profile.startsWith("{") && profile.endsWith("}") && profile.contains("median"), "the profile is JSON");
      Check.refused(AcceleratorException.Status.BAD_ARGUMENT, () -> session.profile(0));
    }
  }
}
