import AVFoundation
import CPU
import Models
import Preprocessing
import Streams

/// Classifies the camera's frames. All of it happens on the queue of the frames.
final class LiveClassifier: NSObject, AVCaptureVideoDataOutputSampleBufferDelegate, @unchecked Sendable {
  /// Called with each prediction, and with what is wrong.
  var report: @Sendable (Result<StreamPrediction, any Error>) -> Void = { _ in }
  private var classifier: FrameClassifier?

  /// Takes another model.
  func use(_ model: BundledModel) {
    classifier = nil
    do {
      classifier = try FrameClassifier(
        running: Model(contentsOf: model.url.path), threads: min(2, Cores.performanceCores.count))
    } catch {
      report(.failure(error))
    }
  }

  func captureOutput(
    _ output: AVCaptureOutput, didOutput buffer: CMSampleBuffer, from connection: AVCaptureConnection
  ) {
    guard let classifier, let pixels = CMSampleBufferGetImageBuffer(buffer) else { return }
    let seconds = CMSampleBufferGetPresentationTimeStamp(buffer).seconds
    do {
      let prediction = try pixels.withPicture(timestamp: seconds) { try classifier.push($0) }
      if let prediction { report(.success(prediction)) }
    } catch {
      report(.failure(error))
    }
  }
}

extension CVPixelBuffer {
  /// Calls `body` with the buffer as a picture, without a copy. A phone held upright gets it a quarter turn to the left.
  fileprivate func withPicture<Result>(
    timestamp: Double, _ body: (CameraPicture) throws -> Result
  ) throws -> Result {
    CVPixelBufferLockBaseAddress(self, .readOnly)
    defer { CVPixelBufferUnlockBaseAddress(self, .readOnly) }
    let planes = (0..<CVPixelBufferGetPlaneCount(self)).map { index in
      let stride = CVPixelBufferGetBytesPerRowOfPlane(self, index)
      let bytes = UnsafeRawBufferPointer(
        start: CVPixelBufferGetBaseAddressOfPlane(self, index),
        count: stride * CVPixelBufferGetHeightOfPlane(self, index))
      return CameraPicture.Plane(bytes, rowStride: stride)
    }
    return try body(
      CameraPicture(
        .nv12, width: CVPixelBufferGetWidth(self), height: CVPixelBufferGetHeight(self), planes: planes,
        matrix: .bt709, rotation: .clockwise90, timestamp: timestamp))
  }
}
