package org.videoaccelerator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** What scripts/test-java has made. */
final class TestFiles {
  /** A classifier of clips with one input, in fp32. */
  final String clips;
  /** Its continual form. */
  final String steps;
  /** A network of one operation on four floats, without a recipe and labels. */
  final String tiny;
  /** An input, and what the command has made of it with the classifier. */
  final ByteBuffer input;
  final ByteBuffer expected;
  /** What the C library has made of the test pictures: scores of a clip; for each prediction of a stream, class and score. */
  final float[] scores;
  final float[] predictions;

  TestFiles(Path folder) throws IOException {
    clips = folder.resolve("clips.accel").toString();
    steps = folder.resolve("steps.accel").toString();
    tiny = folder.resolve("tiny.accel").toString();
    input = npy(folder.resolve("input.npy"));
    expected = npy(folder.resolve("expected.npy"));
    scores = floats(folder.resolve("scores"));
    predictions = floats(folder.resolve("predictions"));
  }

  private static ByteBuffer npy(Path path) throws IOException {
    ByteBuffer all = read(path);
    all.position(10 + (all.getShort(8) & 0xFFFF));
    return all.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static float[] floats(Path path) throws IOException {
    ByteBuffer all = read(path);
    float[] numbers = new float[all.remaining() / 4];
    all.asFloatBuffer().get(numbers);
    return numbers;
  }

  static ByteBuffer read(Path path) throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.put(bytes);
    buffer.flip();
    return buffer;
  }
}
