import AVFoundation
import Combine
import Streams

/// The back camera, whose frames a model classifies on a queue of their own. Frames that come while it runs are dropped.
@MainActor
final class Camera: ObservableObject {
  /// What is to be read: the class, or what is wrong.
  @Published private(set) var text = ""

  let session = AVCaptureSession()
  private let frames = DispatchQueue(label: "frames")
  private let classifier = LiveClassifier()
  private var hasCamera = false

  init() {
    classifier.report = { [weak self] result in
      Task { @MainActor in self?.show(result) }
    }
  }

  /// Starts to classify with a model; nil if the app has none.
  func start(_ model: BundledModel?) async {
    guard let model else { return text = "There is no model in the app." }
    guard await AVCaptureDevice.requestAccess(for: .video) else {
      return text = "The camera is needed to see anything."
    }
    text = "…"
    let (session, classifier) = (session, classifier)
    do {
      if !hasCamera { try addCamera() }
      hasCamera = true
    } catch {
      return text = error.localizedDescription
    }
    frames.async {
      classifier.use(model)
      if !session.isRunning { session.startRunning() }
    }
  }

  func stop() {
    let session = session
    frames.async { session.stopRunning() }
  }

  private func show(_ result: Result<StreamPrediction, any Error>) {
    switch result {
    case .success(let prediction):
      let milliseconds = prediction.latency / .milliseconds(1)
      text = String(format: "%@  %.0f %%\n%.1f ms", prediction.label, 100 * prediction.score, milliseconds)
    case .failure(let error): text = error.localizedDescription
    }
  }

  private func addCamera() throws {
    session.beginConfiguration()
    defer { session.commitConfiguration() }
    session.sessionPreset = .hd1280x720
    guard let device = AVCaptureDevice.default(.builtInWideAngleCamera, for: .video, position: .back) else {
      throw CocoaError(.featureUnsupported)
    }
    let input = try AVCaptureDeviceInput(device: device)
    let output = AVCaptureVideoDataOutput()
    // As the sensor gives them, without a conversion.
    output.videoSettings = [
      kCVPixelBufferPixelFormatTypeKey as String: kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange
    ]
    output.alwaysDiscardsLateVideoFrames = true
    output.setSampleBufferDelegate(classifier, queue: frames)
    guard session.canAddInput(input), session.canAddOutput(output) else { throw CocoaError(.featureUnsupported) }
    session.addInput(input)
    session.addOutput(output)
  }
}
