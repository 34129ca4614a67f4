package org.videoaccelerator.example

import android.content.res.AssetManager
import java.nio.channels.FileChannel
import org.videoaccelerator.Model

/** The models in the app's assets. */
class BundledModels(private val assets: AssetManager) {
  val names: List<String> = assets.list("").orEmpty().filter { it.endsWith(".accel") }

  fun open(name: String): Model = assets.openFd(name).use { file ->
    file.createInputStream().use { stream ->
      Model.open(stream.channel.map(FileChannel.MapMode.READ_ONLY, file.startOffset, file.length))
    }
  }
}
