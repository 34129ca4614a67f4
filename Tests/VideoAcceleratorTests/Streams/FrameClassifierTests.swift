import CPU
import IR
import ModelTestSupport
import Models
import Passes
import Preprocessing
import Tensors
import TestSupport
import Testing
import Video
import VideoAccelerator

@Suite struct FrameClassifierTests {
  private func softmax(_ logits: Tensor) -> [Float] { Reference.softmax(logits, axis: 1).elements() }

  /// The scores of a prediction by class.
  private func scores(_ prediction: StreamPrediction) -> [Float] {
    prediction.top.sorted { $0.index < $1.index }.map(\.score)
  }

  @Test(arguments: [6.0, 30, 60]) func eachSampledFrameIsAStepOfTheContinualForm(rate: Double) throws {
    let model = try SmallStreams.model().runnable()
    let classifier = try FrameClassifier(model, options: SmallStreams.plain)
    let continual = try model.continual()
    #expect(classifier.method == .continual)
    #expect(classifier.warmUpFrames == continual.report.timing.warmUpSteps)
    #expect(classifier.receptiveField == continual.report.timing.receptiveField)
    #expect(classifier.delay == continual.report.timing.delay)
    #expect(classifier.lag == Double(classifier.delay) * classifier.frameInterval && classifier.lag > 0)
    let session = try Session(continual.model.plan(inputShapes: [[1, 3, 1, 16, 16]]))
    let recipe = try #require(continual.model.recipe)
    let frames = try SmallStreams.frames(Int(rate) * 3, rate: rate, start: 1e6)
    var steps = 0
    for (number, frame) in frames.enumerated() {
      let prediction = try classifier.push(frame)
      guard number % Int(rate / 6) == 0 else {
        #expect(prediction == nil)
        continue
      }
      let expected = softmax(try session.run(Tensor.clip(of: [frame], recipe: recipe))[0])
      #expect((prediction == nil) == (steps < continual.report.timing.warmUpSteps))
      if let prediction {
        #expect(prediction.timestamp == frame.timestamp)
        for (score, value) in zip(scores(prediction), expected) { #expect(abs(score - value) < 1e-6) }
      }
      steps += 1
    }
    #expect(classifier.counters.sampled == 18)
    #expect(classifier.counters.skipped == frames.count - 18)
    #expect(classifier.counters.predictions == 18 - continual.report.timing.warmUpSteps)
  }

  @Test(arguments: [nil, 1, 3, 4, 7]) func windowsAreClipsThatOverlap(stride: Int?) throws {
    let model = try SmallStreams.model().runnable()
    var options = SmallStreams.plain
    options.method = .windows
    options.stride = stride
    let classifier = try FrameClassifier(model, options: options)
    #expect(classifier.method == .windows)
    #expect(classifier.warmUpFrames == 3)
    #expect(classifier.receptiveField == 4)
    let step = stride ?? 2
    #expect(classifier.stride == step)
    let frames = try SmallStreams.frames(20)
    for (number, frame) in frames.enumerated() {
      let prediction = try classifier.push(frame)
      guard number >= 3, (number - 3) % step == 0 else {
        #expect(prediction == nil)
        continue
      }
      let clip = try Tensor.clip(of: Array(frames[number - 3...number]), recipe: #require(model.recipe))
      let expected = softmax(try model.run([clip])[0])
      for (score, value) in zip(scores(try #require(prediction)), expected) { #expect(abs(score - value) < 1e-6) }
    }
  }

  @Test func aWindowIsWhatAVideosClipIs() throws {
    let model = try SmallStreams.model()
    var options = SmallStreams.plain
    options.method = .windows
    let frames = try SmallStreams.frames(4)
    let prediction = try #require(try FrameClassifier(model, options: options).all(frames).last)
    let video = try DecodedVideo(frames, framesPerSecond: 6)
    let classes = try VideoClassifier(model).classify(video, views: VideoViews(clips: 1))
    #expect(prediction.top == classes.predictions)
  }

  @Test func aModelThatTakesClipsRunsOnWindowsUnlessItsContinualFormIsWanted() throws {
    for model in [try SmallStreams.model(), try SmallStreams.stridedModel()] {
      let classifier = try FrameClassifier(model)
      #expect(classifier.method == .windows && classifier.lag == 0)
      #expect(try classifier.all(SmallStreams.frames(4)).count == 1)
      #expect(throws: StreamError.self) { try FrameClassifier(model, options: StreamOptions(headWindow: 2)) }
    }
    #expect(throws: ContinualError.self) {
      try FrameClassifier(SmallStreams.stridedModel(), options: StreamOptions(method: .continual))
    }
    #expect(throws: ContinualError.headWindow(0)) {
      try FrameClassifier(SmallStreams.model(), options: StreamOptions(method: .continual, headWindow: 0))
    }
  }

  @Test func pathwaysAreMadeOfTheSameWindow() throws {
    let network = NarrowNetwork("slowfast_r50", frameCount: 8)
    let graph = try network.architecture().graph()
    let inputs = try network.clipInputs()
    let model = Model(
      name: "narrow", graph: graph, weights: try network.weights(),
      recipes: inputs.recipes(named: graph.inputTypes.map(\.name)))
    var options = SmallStreams.plain
    (options.method, options.topCount) = (.automatic, 100)
    let classifier = try FrameClassifier(model, options: options)
    #expect(classifier.method == .windows)
    let frames = try SmallStreams.frames(8, rate: 15)
    let prediction = try #require(try classifier.all(frames).last)
    let clip = try Tensor.clip(of: frames, recipe: inputs.clip)
    let expected = softmax(try model.runnable().run(inputs.tensors(of: clip))[0])
    for (score, value) in zip(scores(prediction), expected) { #expect(abs(score - value) < 1e-6) }
  }

  @Test func aModelWithStatesRunsAsItIs() throws {
    let continual = try SmallStreams.model().runnable().continual()
    let frames = try SmallStreams.frames(12)
    let whole = try FrameClassifier(SmallStreams.model(), options: SmallStreams.plain)
    let own = try FrameClassifier(continual.model, options: SmallStreams.plain)
    #expect(own.method == .continual)
    #expect(own.warmUpFrames == whole.warmUpFrames)
    #expect(own.receptiveField == whole.receptiveField)
    #expect(own.delay == whole.delay)
    #expect(try SmallStreams.texts(whole.all(frames)) == SmallStreams.texts(own.all(frames)))
    // One that does not tell when its results are valid has a prediction for each frame.
    var untold = continual.model
    untold.stepTiming = nil
    let all = try FrameClassifier(untold, options: SmallStreams.plain)
    #expect(all.receptiveField == nil)
    #expect(try all.all(frames).count == frames.count)
    #expect(throws: VideoClassifierError.hasStates(model: "tiny")) {
      try FrameClassifier(continual.model, options: StreamOptions(method: .windows))
    }
  }

  @Test func aGapRepeatsTheLastFrame() throws {
    let frames = try SmallStreams.frames(12)
    let gap = try FrameClassifier(SmallStreams.model(), options: SmallStreams.plain)
    let found = try gap.all(frames.filter { !(5...6).contains(Int(($0.timestamp * 6).rounded())) })
    #expect(gap.counters.repeated == 2)
    let whole = try FrameClassifier(SmallStreams.model(), options: SmallStreams.plain)
    let filled = try frames.enumerated().map { index, frame in
      try SmallStreams.frame((5...6).contains(index) ? 4 : index, at: frame.timestamp)
    }
    let expected = try whole.all(filled)
    #expect(SmallStreams.texts(found).last == SmallStreams.texts(expected).last)
  }

  /// At half of the rate that the model samples, each result may be due at a place without a frame of its own.
  @Test(arguments: [1.0, 1.5, 2, 3, 4, 5]) func slowStreamsGiveEachResult(rate: Double) throws {
    var options = SmallStreams.plain
    (options.method, options.stride) = (.windows, 2)
    let classifier = try FrameClassifier(SmallStreams.model(), options: options)
    let found = try classifier.all(SmallStreams.frames(40, rate: rate)).compactMap { $0 }
    let places = (39 / rate * 6).rounded(.down)
    // No more than one for each frame.
    let expected = min(39, (places - 3) / 2)
    #expect(abs(Double(found.count) - expected) <= 2, "\(found.count) of \(expected)")
  }

  @Test func whatDependsOnManyFramesFillsLongerGaps() throws {
    let clips = try FrameClassifier(SmallStreams.model(), options: StreamOptions(method: .windows))
    #expect(clips.longestGap == 1)
    var options = SmallStreams.plain
    options.headWindow = 40
    let steps = try FrameClassifier(SmallStreams.model(), options: options)
    let field = try #require(steps.receptiveField)
    #expect(field >= 40 && steps.longestGap == Double(field) / 2 / 6)
    options.longestGap = 0.5
    #expect(try FrameClassifier(SmallStreams.model(), options: options).longestGap == 0.5)
  }

  @Test(arguments: [StreamMethod.continual, .windows]) func jumpsForgetThePast(method: StreamMethod) throws {
    var options = StreamOptions(method: method, longestGap: 2)
    options.stride = 1
    let classifier = try FrameClassifier(SmallStreams.model(), options: options)
    let fresh = try FrameClassifier(SmallStreams.model(), options: options)
    let first = try SmallStreams.frames(20, start: 5)
    #expect(try classifier.all(first).count == 20 - classifier.warmUpFrames)
    for start in [0.0, 1000] {
      let frames = try SmallStreams.frames(12, start: start)
      fresh.reset()
      #expect(try SmallStreams.texts(classifier.all(frames)) == SmallStreams.texts(fresh.all(frames)))
    }
    #expect(classifier.counters.jumps == 2)
    #expect(classifier.counters.resets == 2)
    #expect(fresh.counters.jumps == 0)
  }

  @Test func framesMayChangeTheirSize() throws {
    let classifier = try FrameClassifier(SmallStreams.model(), options: SmallStreams.plain)
    for number in 0..<30 {
      let side = number / 10 % 2 == 0 ? 24 : 40
      _ = try classifier.push(SmallStreams.frame(number, at: Double(number) / 6, width: side, height: 20))
    }
    #expect(classifier.counters.sizeChanges == 2)
    #expect(classifier.counters.resets == 0)
    #expect(classifier.counters.predictions == 30 - classifier.warmUpFrames)
  }

  @Test func aFrameThatCannotBeUsedIsAnErrorAndNoMore() throws {
    let classifier = try FrameClassifier(SmallStreams.model())
    _ = try classifier.all(SmallStreams.frames(10))
    #expect(throws: StreamError.timestamp) { try classifier.push(SmallStreams.frame(1, at: .nan)) }
    #expect(throws: PreprocessingError.self) {
      try classifier.push(Frame(width: 200_000, height: 1, pixels: .init(repeating: 0, count: 600_000), timestamp: 1.7))
    }
    #expect(classifier.counters.failures == 2)
    #expect(try classifier.push(SmallStreams.frame(11, at: 11 / 6.0)) != nil)
    #expect(classifier.counters.repeated == 1)
    #expect(classifier.counters.resets == 0)
  }

  @Test func scoresThatAreNotNumbersAreAnError() throws {
    let classifier = try FrameClassifier(SmallStreams.model(scale: 1e25), options: SmallStreams.plain)
    let frames = try SmallStreams.frames(30)
    var failures = 0
    for frame in frames {
      do {
        #expect(try classifier.push(frame) == nil)
      } catch let error as VideoClassifierError {
        #expect(error == .notFinite(model: "tiny"))
        failures += 1
      }
    }
    // After each, the warm-up begins again.
    #expect(failures == 30 / (classifier.warmUpFrames + 1))
    #expect(classifier.counters.resets == failures)
  }

  @Test func skippedFramesAreNotMade() throws {
    let classifier = try FrameClassifier(SmallStreams.model())
    var made = 0
    for number in 0..<60 {
      _ = try classifier.push(at: Double(number) / 60) {
        made += 1
        return try SmallStreams.frame(number, at: 0)
      }
    }
    #expect(made == 6)
  }

  @Test func camerasPicturesAreFrames() throws {
    let (pictures, frames) = try (
      FrameClassifier(SmallStreams.model(), options: SmallStreams.plain),
      FrameClassifier(SmallStreams.model(), options: SmallStreams.plain)
    )
    for frame in try SmallStreams.frames(20, rate: 12) {
      let prediction = try frame.pixels.withUnsafeBytes { bytes in
        try pictures.push(
          CameraPicture(
            .rgb, width: frame.width, height: frame.height, planes: [.init(bytes, rowStride: 3 * frame.width)],
            timestamp: frame.timestamp))
      }
      #expect(try SmallStreams.texts([prediction]) == SmallStreams.texts([frames.push(frame)]))
    }
    #expect(pictures.counters == frames.counters)
    #expect(frames.counters.predictions > 0)
  }

  @Test(arguments: [StreamMethod.continual, .windows]) func halvesGiveNearlyTheSame(method: StreamMethod) throws {
    var options = SmallStreams.plain
    options.method = method
    let frames = try SmallStreams.frames(20)
    let exact = try FrameClassifier(SmallStreams.model(), options: options).all(frames)
    let halves = try FrameClassifier(SmallStreams.model(), precision: .fp16, threads: 2, options: options).all(frames)
    #expect(halves.map(\.timestamp) == exact.map(\.timestamp))
    for (half, one) in zip(halves, exact) {
      for (score, value) in zip(scores(half), scores(one)) { #expect(abs(score - value) < 0.01) }
    }
  }

  @Test func labelsMustFitTheClasses() throws {
    var model = try SmallStreams.model()
    model.labels.removeLast()
    #expect(throws: ModelError.labelCount(model: "tiny", labels: 3, classes: 4)) { try FrameClassifier(model) }
  }

  @Test(arguments: [
    StreamOptions(stride: 0), StreamOptions(window: -1), StreamOptions(window: .nan), StreamOptions(margin: 2),
    StreamOptions(shortest: .infinity), StreamOptions(topCount: 0), StreamOptions(longestGap: 0),
    StreamOptions(longestGap: 3600),
  ])
  func optionsOutOfRangeAreRefused(options: StreamOptions) throws {
    #expect(throws: StreamError.self) { try FrameClassifier(SmallStreams.model(), options: options) }
  }

  @Test func modelsThatAreNoClassifiersAreRefused() throws {
    let graph = StepNetwork.temporal()
    let model = try Model(
      name: "features", graph: graph, weights: TinyNetwork.weights(graph),
      recipe: ClipRecipe(frameCount: 1, samplingRate: 1, shortSide: 16, cropSize: 16))
    #expect(throws: VideoClassifierError.self) { try FrameClassifier(model) }
  }
}
