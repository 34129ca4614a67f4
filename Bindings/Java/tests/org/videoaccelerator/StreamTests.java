package org.videoaccelerator;

import java.util.Arrays;
import java.util.List;

/** Streams and the classifier. */
final class StreamTests {
  private StreamTests() {}

  static void givesThePredictionsOfTheLibrary(TestFiles files) {
    Stream.Options options = new Stream.Options();
    options.shortest = 0;
    options.margin = 0.01;
    try (Model model = Model.open(files.clips); Stream stream = new Stream(model, options)) {
      int count = 0;
      for (int number = 0; number < TestPictures.STREAM; number++) {
        StreamPrediction prediction = stream.push(TestPictures.yuv(number, TestPictures.Android.NV21));
        if (prediction == null) continue;
        Check.same((int) files.predictions[2 * count], prediction.index, "the class of prediction " + count);
        Check.same(files.predictions[2 * count + 1], prediction.score, "the score of prediction " + count);
        Check.same(model.labels.get(prediction.index), prediction.label, "the label of prediction " + count);
        Check.same(number / (double) TestPictures.RATE, prediction.timestamp, "the time of prediction " + count);
        Check.that(prediction.latency > 0, "the latency");
        Check.that(prediction.hasChanged || count > 0, "the first prediction is a change");
        Check.same(prediction.score, stream.getScores()[prediction.index], "the score of the class");
        count++;
      }
      Check.same(files.predictions.length / 2, count, "the number of predictions");
      StreamInfo info = stream.getInfo();
      Check.same(Stream.Method.WINDOWS, info.method, "the method");
      Check.same((long) TestPictures.STREAM, info.frames, "the number of frames");
      Check.same(info.frames, info.sampled + info.skipped, "the number of frames that are sampled or skipped");
      Check.same((long) count, info.predictions, "the number of predictions");
      Check.that(info.frameInterval > 0 && info.stride > 0 && info.warmUpFrames > 0, "the stream's numbers");
    }
  }

  static void restoresAContinualStream(TestFiles files) {
    try (Model model = Model.open(files.steps); Stream stream = new Stream(model); Stream copy = new Stream(model)) {
      Check.same(Stream.Method.CONTINUAL, stream.getInfo().method, "the method");
      Check.refused(AcceleratorException.Status.UNSUPPORTED, stream::getScores);
      StreamInfo info = stream.getInfo();
      int count = (int) ((info.warmUpFrames + 4) * info.frameInterval * TestPictures.RATE);
      for (int number = 0; number < count; number++) {
        stream.push(TestPictures.yuv(number, TestPictures.Android.YV12));
      }
      copy.restore(stream.save());
      for (int number = count; number < count + 30; number++) {
        Picture picture = TestPictures.yuv(number, TestPictures.Android.SPARSE);
        StreamPrediction expected = stream.push(picture);
        StreamPrediction actual = copy.push(picture);
        Check.same(expected == null, actual == null, "whether there is a prediction");
        if (expected != null) Check.same(expected.score, actual.score, "the score");
      }
      Check.that(stream.getInfo().predictions > 0, "there are predictions");
      Check.that(Arrays.equals(stream.getScores(), copy.getScores()), "scores are the same");
      stream.reset();
      Check.refused(AcceleratorException.Status.UNSUPPORTED, stream::getScores);
      Check.refused(AcceleratorException.Status.BAD_FILE, () -> stream.restore(new byte[100]));
    }
  }

  static void refusesOtherOptions(TestFiles files) {
    try (Model model = Model.open(files.clips)) {
      Stream.Options options = new Stream.Options();
      Check.that(options.window > 0 && options.margin > 0, "the usual options");
      options.margin = 2;
      Check.refused(AcceleratorException.Status.BAD_ARGUMENT, () -> new Stream(model, options));
      options.margin = 0;
      options.method = Stream.Method.CONTINUAL;
      Check.refused(AcceleratorException.Status.BAD_ARGUMENT, () -> new Stream(model, options));
      try (Stream stream = new Stream(model)) {
        Picture picture = TestPictures.yuv(0, TestPictures.Android.I420);
        Check.refused(AcceleratorException.Status.BAD_ARGUMENT, () -> stream.push(picture.timestamp(Double.NaN)));
        Check.refused(NullPointerException.class, () -> stream.push(null));
      }
    }
  }

  static void sortsClasses(TestFiles files) {
    Classifier classifier;
    try (Model model = Model.open(files.clips)) {
      classifier = new Classifier(model);
    }
    List<Prediction> predictions = classifier.classify(TestPictures.clip(TestPictures.Android.I420));
    Check.same(files.scores.length, predictions.size(), "the number of classes");
    float last = 1;
    for (Prediction prediction : predictions) {
      Check.same(files.scores[prediction.index], prediction.score, "the score of " + prediction.label);
      Check.that(prediction.score <= last, "scores descend");
      last = prediction.score;
    }
    classifier.close();
    Check.refused(
        AcceleratorException.Status.CLOSED, () -> classifier.classify(TestPictures.clip(TestPictures.Android.I420)));
  }
}
