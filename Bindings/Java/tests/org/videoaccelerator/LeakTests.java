package org.videoaccelerator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Collections;
import java.util.List;

/** The memory of the process does not grow over calls. */
final class LeakTests {
  private static final int CALLS = 100_000;
  /** The growth that is noise; a call that leaks its smallest allocation, 32 bytes with the allocator's own, makes 3 MB. */
  private static final long NOISE = 2 << 20;

  private LeakTests() {}

  interface Call {
    void run(int number);
  }

  static void keepsNothing(TestFiles files) throws IOException {
    try (Model tiny = Model.open(files.tiny);
        Session tensors = new Session(tiny);
        Model model = Model.open(files.clips);
        Session session = new Session(model);
        Stream stream = new Stream(model)) {
      ByteBuffer input = tensors.inputs.get(0).allocate();
      ByteBuffer output = tensors.outputs.get(0).allocate();
      Picture picture = TestPictures.yuv(0, TestPictures.Android.NV21);
      List<Picture> clip = Collections.singletonList(picture);
      Picture skipped = TestPictures.yuv(0, TestPictures.Android.NV21);
      for (int number = 0; number < TestPictures.STREAM; number++) stream.push(picture.timestamp(number * 0.1));
      byte[] state = stream.save();

      flat("runs", CALLS, number -> tensors.run(input, output));
      flat("pictures that are skipped", CALLS, number -> stream.push(skipped.timestamp(15 + number * 1e-9)));
      flat("pictures that are refused", CALLS, number -> {
        try {
          tensors.classify(clip);
        } catch (AcceleratorException error) {
          return;
        }
      });
      flat("questions", CALLS, number -> {
        stream.getInfo();
        stream.getScores();
        model.getRecipe();
      });
      flat("classifications", CALLS / 50, number -> session.classify(clip));
      flat("predictions", CALLS / 50, number -> stream.push(picture.timestamp(16 + number * 0.1)));
      flat("states", CALLS / 50, number -> {
        stream.restore(state);
        stream.save();
      });
      flat("models, sessions and streams", CALLS / 500, number -> {
        try (Model other = Model.open(files.clips);
            Session otherSession = new Session(other);
            Stream otherStream = new Stream(other)) {
          otherSession.reset();
          otherStream.reset();
        }
      });
    }
  }

  /** Calls, after a warm-up, keep nothing. */
  private static void flat(String what, int count, Call call) throws IOException {
    long start = System.nanoTime();
    for (int number = 0; number < count / 5; number++) call.run(number);
    long before = residentBytes();
    for (int number = count / 5; number < count + count / 5; number++) call.run(number);
    long growth = residentBytes() - before;
    System.out.printf(
        "  %6d %s: %+d kB, %.1f s%n", count, what, growth / 1024, (System.nanoTime() - start) * 1e-9);
    Check.that(growth < NOISE, "memory grew by " + growth + " bytes over " + count + " " + what);
  }

  private static long residentBytes() throws IOException {
    System.gc();
    for (String line : Files.readAllLines(Paths.get("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
    }
    throw new IOException("/proc/self/status has no VmRSS");
  }
}
