import AVFoundation
import SwiftUI

/// What the camera sees.
struct CameraPreview: UIViewRepresentable {
  let session: AVCaptureSession

  func makeUIView(context: Context) -> PreviewView {
    let view = PreviewView()
    view.preview.session = session
    view.preview.videoGravity = .resizeAspectFill
    return view
  }

  func updateUIView(_ view: PreviewView, context: Context) {}

  final class PreviewView: UIView {
    let preview = AVCaptureVideoPreviewLayer()

    override func layoutSubviews() {
      super.layoutSubviews()
      if preview.superlayer == nil { layer.addSublayer(preview) }
      preview.frame = bounds
    }
  }
}
