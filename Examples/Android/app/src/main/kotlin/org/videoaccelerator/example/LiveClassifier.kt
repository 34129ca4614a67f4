package org.videoaccelerator.example

import androidx.camera.core.ImageAnalysis
import androidx.camera.core.ImageProxy
import org.videoaccelerator.Model
import org.videoaccelerator.Picture
import org.videoaccelerator.Stream
import org.videoaccelerator.StreamPrediction

/** Classifies a camera's images with a model, which it closes. All of it happens on the analysis's thread. */
class LiveClassifier(private val model: Model, private val show: (StreamPrediction) -> Unit) :
  ImageAnalysis.Analyzer, AutoCloseable {

  private val stream = Stream(model, Stream.Options().apply { threads = 2 })

  override fun analyze(image: ImageProxy) = image.use {
    stream.push(it.picture())?.let(show) ?: Unit
  }

  override fun close() {
    stream.close()
    model.close()
  }

  // Cameras' YUV is that of JPEG: BT.601 in full range.
  private fun ImageProxy.picture(): Picture {
    val (y, u, v) = planes.map { Picture.Plane(it.buffer, it.rowStride, it.pixelStride) }
    return Picture.yuv420(width, height, y, u, v)
      .fullRange(true)
      .rotation(imageInfo.rotationDegrees)
      .timestamp(imageInfo.timestamp * 1e-9)
  }
}
