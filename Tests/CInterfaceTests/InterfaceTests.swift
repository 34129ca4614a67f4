import CInterface
import CVideoAccelerator
import IR
import Models
import Preprocessing
import Streams
import Tensors
import TestSupport
import Testing

/// What C programs get is what Swift programs get, byte for byte. (Tests/CLibrary has all else, in C.)
@Suite struct InterfaceTests {
  private func model() throws -> Model {
    let graph = TinyNetwork.graph()
    return try Model(
      name: "tiny", graph: graph, weights: TinyNetwork.weights(graph),
      form: .deployable(target: "mobile_cpu", precision: .fp32),
      recipe: ClipRecipe(frameCount: 4, samplingRate: 3, shortSide: 16, cropSize: 14),
      labels: ["ant", "bee", "cat", "dog"])
  }

  private func frames(_ count: Int) throws -> [Frame] {
    try (0..<count).map { number in
      let pixels = (0..<24 * 20 * 3).map { UInt8(truncatingIfNeeded: $0 * 7 + number * 31 + $0 / 72 * 3) }
      return try Frame(width: 24, height: 20, pixels: pixels, timestamp: Double(number) / 30)
    }
  }

  /// Opens the model through C, and calls `body` with it.
  private func withModel(_ body: (OpaquePointer) throws -> Void) throws {
    try withTemporaryFile("tiny.accel") { path in
      try model().write(to: path)
      var opened: OpaquePointer?
      #expect(vacc_model_open(path, &opened) == VACC_OK)
      let model = try #require(opened)
      try body(model)
      #expect(vacc_model_close(model) == VACC_OK)
    }
  }

  /// Calls `body` with the descriptions of frames.
  private func withPictures(_ frames: [Frame], _ body: ([vacc_picture]) throws -> Void) rethrows {
    var all: [UInt8] = []
    for frame in frames { all += frame.pixels }
    try all.withUnsafeBytes { bytes in
      var start = bytes.baseAddress
      let pictures = frames.map { frame in
        var picture = vacc_picture()
        picture.size = UInt32(MemoryLayout<vacc_picture>.size)
        picture.format = vacc_format(VACC_RGB)
        (picture.width, picture.height) = (Int32(frame.width), Int32(frame.height))
        picture.timestamp = frame.timestamp
        picture.planes.0.bytes = start
        picture.planes.0.byte_count = frame.pixels.count
        start = start.map { $0 + frame.pixels.count }
        return picture
      }
      try body(pictures)
    }
  }

  @Test func tensorsAndPicturesGiveTheSameBytes() throws {
    let (model, frames) = (try model(), try frames(7))
    let clip = try Tensor.clip(of: frames, recipe: model.requiredRecipe())
    let expected = try model.run([clip])[0]
    try withModel { opened in
      var session: OpaquePointer?
      #expect(vacc_session_open(opened, nil, &session) == VACC_OK)
      var scores = [Float](repeating: 0, count: 4)
      let byteCount = [16]
      clip.withUnsafeBytes { source in
        scores.withUnsafeMutableBytes { target in
          let (inputs, outputs) = ([source.baseAddress], [target.baseAddress])
          #expect(vacc_session_run(session, inputs, [source.count], 1, outputs, byteCount, 1) == VACC_OK)
        }
      }
      #expect(scores == expected.elements(as: Float.self))

      withPictures(frames) { pictures in
        scores = [0, 0, 0, 0]
        scores.withUnsafeMutableBytes { target in
          let outputs = [target.baseAddress]
          #expect(vacc_session_run_pictures(session, pictures, 7, outputs, byteCount, 1) == VACC_OK)
        }
        #expect(scores == expected.elements(as: Float.self))
        #expect(vacc_session_classify(session, pictures, 7, &scores, 4) == VACC_OK)
      }
      #expect(scores == Reference.softmax(expected, axis: 1).elements(as: Float.self))
      #expect(vacc_session_close(session) == VACC_OK)
    }
  }

  @Test func streamsGiveTheSamePredictions() throws {
    let (classifier, frames) = (try FrameClassifier(running: model()), try frames(90))
    try withModel { opened in
      var stream: OpaquePointer?
      #expect(vacc_stream_open(opened, nil, &stream) == VACC_OK)
      var count = 0
      try withPictures(frames) { pictures in
        for (frame, picture) in zip(frames, pictures) {
          var (picture, prediction) = (picture, vacc_prediction())
          prediction.size = UInt32(MemoryLayout<vacc_prediction>.size)
          #expect(vacc_stream_push(stream, &picture, &prediction) == VACC_OK)
          let expected = try classifier.push(frame)
          #expect((expected != nil) == (prediction.is_valid == 1))
          guard let expected else { continue }
          count += 1
          #expect(expected.index == prediction.class_index && expected.score == prediction.score)
          #expect(expected.timestamp == prediction.timestamp && expected.hasChanged == (prediction.has_changed == 1))
          var scores = [Float](repeating: 0, count: 4)
          #expect(vacc_stream_get_scores(stream, &scores, 4) == VACC_OK)
          #expect(scores == expected.top.sorted { $0.index < $1.index }.map(\.score))
        }
      }
      #expect(count > 2)
      #expect(vacc_stream_close(stream) == VACC_OK)
    }
  }

  @Test func whatIsWrongIsSaid() throws {
    var opened: OpaquePointer?
    #expect(vacc_model_open("/nowhere/m.accel", &opened) == VACC_BAD_FILE)
    #expect(String(cString: vacc_last_error()).contains("/nowhere/m.accel"))
    #expect(vacc_model_close(OpaquePointer(bitPattern: 16)) == VACC_BAD_HANDLE)
    #expect(opened == nil)
  }
}
