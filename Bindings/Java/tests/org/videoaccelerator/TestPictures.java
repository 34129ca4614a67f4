package org.videoaccelerator;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Pictures of a pattern that depends on a number, as in expected.c, in several memory layouts. */
final class TestPictures {
  static final int WIDTH = 70;
  static final int HEIGHT = 52;
  /** The number of pictures in a clip, of pictures in a stream, and of those in a second. */
  static final int CLIP = 6;
  static final int STREAM = 150;
  static final int RATE = 30;

  /** Where a plane's bytes are. */
  private static final class Layout {
    final int offset;
    final int rowStride;
    final int pixelStride;

    Layout(int offset, int rowStride, int pixelStride) {
      this.offset = offset;
      this.rowStride = rowStride;
      this.pixelStride = pixelStride;
    }
  }

  /** The layouts that Android's YUV_420_888 can have. */
  enum Android {
    /** Three planes, one after the other. */
    I420(new Layout(0, 70, 1), new Layout(70 * 52, 35, 1), new Layout(70 * 52 + 35 * 26, 35, 1)),
    /** Cr before Cb, and rows that are padded to 16 bytes. */
    YV12(new Layout(0, 80, 1), new Layout(80 * 52 + 48 * 26, 48, 1), new Layout(80 * 52, 48, 1)),
    /** Cb and Cr in turn. */
    NV12(new Layout(0, 70, 1), new Layout(70 * 52, 70, 2), new Layout(70 * 52 + 1, 70, 2)),
    /** Cr and Cb in turn, and rows that are padded to 16 bytes. */
    NV21(new Layout(0, 80, 1), new Layout(80 * 52 + 1, 80, 2), new Layout(80 * 52, 80, 2)),
    /** Pixels of all planes that are apart. */
    SPARSE(new Layout(3, 140, 2), new Layout(3 + 140 * 52, 120, 3), new Layout(3 + 140 * 52 + 120 * 26, 110, 3));

    private final Layout[] layouts;

    Android(Layout... layouts) {
      this.layouts = layouts;
    }
  }

  private TestPictures() {}

  static Picture yuv(int number, Android layout) {
    ByteBuffer memory = ByteBuffer.allocateDirect(16384);
    Picture.Plane[] planes = new Picture.Plane[3];
    for (int plane = 0; plane < 3; plane++) {
      planes[plane] = fill(memory, layout.layouts[plane], number, plane);
    }
    return described(Picture.yuv420(WIDTH, HEIGHT, planes[0], planes[1], planes[2]), number);
  }

  /** Two planes, as iOS has them. */
  static Picture nv12(int number) {
    ByteBuffer memory = ByteBuffer.allocateDirect(16384);
    Picture.Plane luma = fill(memory, Android.NV12.layouts[0], number, 0);
    fill(memory, Android.NV12.layouts[1], number, 1);
    fill(memory, Android.NV12.layouts[2], number, 2);
    memory.limit(70 * 78).position(70 * 52);
    return described(new Picture(Picture.Format.NV12, WIDTH, HEIGHT, luma, new Picture.Plane(memory, 0, 0)), number);
  }

  /** Writes a plane and describes it, with a buffer that ends after the last pixel, as Android's do. */
  private static Picture.Plane fill(ByteBuffer memory, Layout layout, int number, int plane) {
    int width = plane == 0 ? WIDTH : WIDTH / 2;
    int height = plane == 0 ? HEIGHT : HEIGHT / 2;
    int end = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int place = layout.offset + y * layout.rowStride + x * layout.pixelStride;
        memory.put(place, (byte) (x * (5 + plane) + y * (3 + 2 * plane) + number * 17));
        end = place + 1;
      }
    }
    ByteBuffer bytes = memory.duplicate();
    bytes.limit(end).position(layout.offset);
    return new Picture.Plane(bytes, layout.rowStride, layout.pixelStride);
  }

  private static Picture described(Picture picture, int number) {
    return picture.rotation(90).timestamp(number / (double) RATE);
  }

  /** The same colors in each format of one plane. */
  static Picture packed(int number, Picture.Format format) {
    int size = format == Picture.Format.RGB ? 3 : 4;
    ByteBuffer memory = ByteBuffer.allocateDirect(WIDTH * HEIGHT * size);
    for (int pixel = 0; pixel < WIDTH * HEIGHT; pixel++) {
      for (int channel = 0; channel < 3; channel++) {
        int place = format == Picture.Format.BGRA ? 2 - channel : channel;
        memory.put(pixel * size + place, (byte) (pixel % WIDTH * 3 + pixel / WIDTH * 5 * channel + number * 9));
      }
    }
    return new Picture(format, WIDTH, HEIGHT, new Picture.Plane(memory, 0, 0));
  }

  static List<Picture> clip(Android layout) {
    List<Picture> pictures = new ArrayList<>();
    for (int number = 0; number < CLIP; number++) pictures.add(yuv(number, layout));
    return pictures;
  }

  static List<Picture> clip(Picture.Format format) {
    List<Picture> pictures = new ArrayList<>();
    for (int number = 0; number < CLIP; number++) {
      pictures.add(format == Picture.Format.NV12 ? nv12(number) : packed(number, format));
    }
    return pictures;
  }
}
