package org.videoaccelerator;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;

/**
 * A picture as a camera gives it: planes in direct buffers, which are read where they are, and only while a method that takes the
 * picture runs.
 *
 * <pre>{@code
 * // An android.media.Image or CameraX's ImageProxy
 * Picture picture = Picture.yuv420(
 *         image.getWidth(), image.getHeight(), plane(planes[0]), plane(planes[1]), plane(planes[2]))
 *     .rotation(image.getImageInfo().getRotationDegrees())
 *     .timestamp(image.getImageInfo().getTimestamp() * 1e-9);
 *
 * Picture.Plane plane(ImageProxy.PlaneProxy plane) {
 *   return new Picture.Plane(plane.getBuffer(), plane.getRowStride(), plane.getPixelStride());
 * }
 * }</pre>
 */
public final class Picture {
  /** The planes of a picture, and what their bytes are. */
  public enum Format {
    // In the order of the library's numbers, from 1 on.
    /** One plane: red, green, blue. */
    RGB,
    /** One plane: red, green, blue, alpha, which is ignored. This is a Bitmap's ARGB_8888. */
    RGBA,
    /** One plane: blue, green, red, alpha, which is ignored. */
    BGRA,
    /** A plane of luma, and one of Cb and Cr in turn, of half the width and height, rounded up. */
    NV12,
    /** Planes of luma, Cb and Cr, the latter two of half the width and height, rounded up. */
    I420
  }

  /** How luma and chroma follow from red, green and blue. */
  public enum Matrix {
    // In the order of the library's numbers, from 0 on.
    /** ITU-R BT.601, of standard definition and most cameras' JPEG. */
    BT601,
    /** ITU-R BT.709, of high definition. */
    BT709
  }

  /** A plane of a picture. */
  public static final class Plane {
    final ByteBuffer bytes;
    final int rowStride;
    final int pixelStride;

    /**
     * Describes a plane.
     *
     * @param bytes a direct buffer, whose position is at the first pixel.
     * @param rowStride the number of bytes from a row to the next; 0 if nothing is between them.
     * @param pixelStride the number of bytes from a pixel to the next; 0 if nothing is between them.
     */
    public Plane(ByteBuffer bytes, int rowStride, int pixelStride) {
      this.bytes = Buffers.readable(bytes);
      this.rowStride = rowStride;
      this.pixelStride = pixelStride;
    }
  }

  private final int format;
  private final int width;
  private final int height;
  private final Plane[] planes;
  private int rotation;
  private int matrix;
  private boolean isFullRange;
  private double timestamp;

  /**
   * Describes a picture.
   *
   * @param format what the planes are.
   * @param width the width in pixels, as it is stored: 1 to 32768.
   * @param height the height in pixels, as it is stored: 1 to 32768.
   * @param planes the planes of the format, in order.
   */
  public Picture(Format format, int width, int height, Plane... planes) {
    int count = format == Format.I420 ? 3 : format == Format.NV12 ? 2 : 1;
    if (planes.length != count) {
      throw new IllegalArgumentException(format + " has another number of planes than " + planes.length + ": " + count);
    }
    for (Plane plane : planes) Objects.requireNonNull(plane, "a plane is null");
    this.format = format.ordinal() + 1;
    this.width = width;
    this.height = height;
    this.planes = planes.clone();
  }

  /**
   * Describes a picture in Android's YUV_420_888. Its planes can be anywhere: one after the other (I420, YV12), or Cb and Cr in turn
   * (NV12, NV21), with a pixel stride of 2.
   *
   * @param width the width in pixels, as it is stored.
   * @param height the height in pixels, as it is stored.
   * @param y the plane of luma.
   * @param u the plane of Cb.
   * @param v the plane of Cr.
   * @return the picture.
   */
  public static Picture yuv420(int width, int height, Plane y, Plane u, Plane v) {
    return new Picture(Format.I420, width, height, y, u, v);
  }

  /**
   * Sets the clockwise rotation with which the picture is shown.
   *
   * @param degrees 0, 90, 180 or 270.
   * @return this picture.
   */
  public Picture rotation(int degrees) {
    rotation = degrees;
    return this;
  }

  /**
   * Sets how luma and chroma follow from red, green and blue: BT.601 if it is not set.
   *
   * @param matrix the matrix.
   * @return this picture.
   */
  public Picture matrix(Matrix matrix) {
    this.matrix = matrix.ordinal();
    return this;
  }

  /**
   * Sets whether luma is 0 to 255, as in JPEG, and not 16 to 235.
   *
   * @param isFullRange whether it is.
   * @return this picture.
   */
  public Picture fullRange(boolean isFullRange) {
    this.isFullRange = isFullRange;
    return this;
  }

  /**
   * Sets the time at which it was taken. Only streams read it.
   *
   * @param seconds the time in seconds, from any start.
   * @return this picture.
   */
  public Picture timestamp(double seconds) {
    timestamp = seconds;
    return this;
  }

  /** Returns an array that nobody changes. */
  static Picture[] array(List<Picture> pictures) {
    Picture[] array = pictures.toArray(new Picture[0]);
    for (Picture picture : array) Objects.requireNonNull(picture, "a picture is null");
    return array;
  }
}
