package org.videoaccelerator.example

import android.Manifest.permission.CAMERA
import android.content.pm.PackageManager.PERMISSION_GRANTED
import android.os.Bundle
import android.view.View
import android.widget.AdapterView
import android.widget.ArrayAdapter
import android.widget.Spinner
import android.widget.TextView
import androidx.activity.ComponentActivity
import androidx.activity.result.contract.ActivityResultContracts.RequestPermission
import androidx.camera.core.CameraSelector
import androidx.camera.core.ImageAnalysis
import androidx.camera.core.Preview
import androidx.camera.lifecycle.ProcessCameraProvider
import androidx.camera.view.PreviewView
import java.util.concurrent.Executors
import org.videoaccelerator.AcceleratorException
import org.videoaccelerator.StreamPrediction

/** Shows the camera, the class of what it sees, and how long that took. */
class MainActivity : ComponentActivity() {
  private val worker = Executors.newSingleThreadExecutor()
  private val models by lazy { BundledModels(assets) }
  private val label by lazy { findViewById<TextView>(R.id.label) }
  /** Images that come while the model runs are dropped. */
  private val analysis by lazy {
    ImageAnalysis.Builder().setBackpressureStrategy(ImageAnalysis.STRATEGY_KEEP_ONLY_LATEST).build()
  }
  /** Used by the worker alone. */
  private var classifier: LiveClassifier? = null

  private val permission = registerForActivityResult(RequestPermission()) { isGranted ->
    if (isGranted) startCamera() else label.text = "The camera is needed to see anything."
  }

  override fun onCreate(state: Bundle?) {
    super.onCreate(state)
    setContentView(R.layout.main)
    showPicker()
    if (checkSelfPermission(CAMERA) == PERMISSION_GRANTED) startCamera() else permission.launch(CAMERA)
  }

  override fun onDestroy() {
    super.onDestroy()
    analysis.clearAnalyzer()
    worker.execute { classifier?.close() }
    worker.shutdown()
  }

  private fun showPicker() {
    val picker = findViewById<Spinner>(R.id.models)
    picker.adapter = ArrayAdapter(this, android.R.layout.simple_spinner_dropdown_item, models.names)
    picker.onItemSelectedListener = object : AdapterView.OnItemSelectedListener {
      override fun onItemSelected(parent: AdapterView<*>, view: View?, position: Int, id: Long) =
        worker.execute { use(models.names[position]) }

      override fun onNothingSelected(parent: AdapterView<*>) = Unit
    }
  }

  private fun use(name: String) {
    analysis.clearAnalyzer()
    classifier?.close()
    classifier = null
    try {
      classifier = LiveClassifier(models.open(name), ::show).also { analysis.setAnalyzer(worker, it) }
    } catch (error: AcceleratorException) {
      runOnUiThread { label.text = error.message }
    }
  }

  private fun show(prediction: StreamPrediction) = runOnUiThread {
    label.text = "%s  %.0f %%\n%.1f ms".format(prediction.label, 100 * prediction.score, 1000 * prediction.latency)
  }

  private fun startCamera() {
    val provider = ProcessCameraProvider.getInstance(this)
    provider.addListener({
      val preview = Preview.Builder().build()
      preview.setSurfaceProvider(findViewById<PreviewView>(R.id.preview).surfaceProvider)
      provider.get().bindToLifecycle(this, CameraSelector.DEFAULT_BACK_CAMERA, preview, analysis)
    }, mainExecutor)
  }
}
