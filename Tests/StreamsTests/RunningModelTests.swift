import IR
import Models
import Preprocessing
import Streams
import Tensors
import TestSupport
import Testing

/// Models that run as they are, on a phone.
@Suite struct RunningModelTests {
  /// One sampled frame every 0.1 s.
  private func recipe(frameCount: Int) throws -> ClipRecipe {
    try ClipRecipe(frameCount: frameCount, samplingRate: 3, shortSide: 8, cropSize: 8)
  }

  private func windowModel() throws -> Model {
    let graph = TinyNetwork.graph()
    return try Model(
      name: "windows", graph: graph, weights: TinyNetwork.weights(graph),
      form: .deployable(target: "mobile_cpu", precision: .fp32), recipe: recipe(frameCount: 4))
  }

  /// Scores are sums over all frames so far; the first two are not valid.
  private func stepModel() throws -> Model {
    let graph = Graph.build(input: .clip(channels: 3)) { clip in
      let past = clip.builder.state("sums", shape: [1, 3], initial: 0)
      let sums = past + clip.mean(axes: [2, 3, 4])
      clip.builder.update(past, to: sums)
      return sums
    }
    var model = try Model(
      name: "steps", graph: graph, weights: [:], form: .deployable(target: "mobile_cpu", precision: .fp32),
      recipe: recipe(frameCount: 1), labels: ["red", "green", "blue"])
    model.stepTiming = StepTiming(receptiveField: 3, delay: 1)
    return model
  }

  private let plain = StreamOptions(window: 0, margin: 0, shortest: 0)

  /// A frame that is all of one color.
  private func frame(_ number: Int, red: UInt8 = 0, green: UInt8 = 0, blue: UInt8 = 0) throws -> Frame {
    let pixels = (0..<80).flatMap { _ in [red, green, blue] }
    return try Frame(width: 10, height: 8, pixels: pixels, timestamp: Double(number) * 0.1)
  }

  @Test func aModelOfClipsRunsOnWindows() throws {
    let classifier = try FrameClassifier(running: windowModel(), options: plain)
    #expect(classifier.method == .windows && classifier.stride == 2 && classifier.warmUpFrames == 3)
    let predictions = try (0..<8).map { try classifier.push(frame($0, red: UInt8($0 * 30))) }
    #expect(predictions.map { $0 != nil } == [false, false, false, true, false, true, false, true])
    #expect(predictions[3]?.label.hasPrefix("class ") == true)
  }

  @Test func aModelWithStatesRunsOnEachFrame() throws {
    let classifier = try FrameClassifier(running: stepModel(), options: plain)
    #expect(classifier.method == .continual && classifier.receptiveField == 3 && classifier.delay == 1)
    var labels: [String?] = []
    for number in 0..<4 { labels.append(try classifier.push(frame(number, green: 200))?.label) }
    for number in 4..<16 { labels.append(try classifier.push(frame(number, blue: 200))?.label) }
    #expect(labels.prefix(4) == [nil, nil, "green", "green"])
    #expect(labels.last == "blue")
  }

  @Test func aSavedStreamGoesOnInAnotherClassifier() throws {
    let (first, second) = (try FrameClassifier(running: stepModel()), try FrameClassifier(running: stepModel()))
    for number in 0..<5 { _ = try first.push(frame(number, red: 9, green: 120)) }
    try second.restoreState(first.saveState())
    for number in 5..<9 {
      let next = try frame(number, red: 77, blue: UInt8(number * 20))
      let (one, other) = (try first.push(next), try second.push(next))
      #expect(one?.top == other?.top && one != nil)
    }
    #expect(first.counters == second.counters)
  }

  @Test func whatTheModelCannotDoIsRefused() throws {
    #expect(throws: VideoClassifierError.hasStates(model: "steps")) {
      try FrameClassifier(running: stepModel(), options: StreamOptions(method: .windows))
    }
    for options in [StreamOptions(method: .continual), StreamOptions(headWindow: 4), StreamOptions(margin: 2)] {
      do {
        _ = try FrameClassifier(running: windowModel(), options: options)
        Issue.record("\(options)")
      } catch StreamError.option {}
    }
    let features = Graph.build(input: .clip(channels: 3)) { $0.mean(axes: [3, 4]) }
    let model = try Model(name: "features", graph: features, weights: [:], recipe: recipe(frameCount: 2))
    #expect(throws: VideoClassifierError.self) { try FrameClassifier(running: model) }
  }
}
