import Testing

@testable import Streams

@Suite struct ScoreSmoothingTests {
  private func smoothing(window: Double = 0, margin: Double = 0, shortest: Double = 0) -> ScoreSmoothing {
    ScoreSmoothing(StreamOptions(window: window, margin: margin, shortest: shortest))
  }

  /// The classes for scores of class 1, of two, at times a tenth of a second apart.
  private func classes(_ smoothing: ScoreSmoothing, _ scores: [Float]) -> [Int] {
    var smoothing = smoothing
    return scores.enumerated().map { smoothing.add([1 - $1, $1], at: Double($0) / 10).best }
  }

  @Test func withoutSmoothingEachHasItsOwn() {
    #expect(classes(smoothing(), [0.2, 0.7, 0.4, 0.9]) == [0, 1, 0, 1])
  }

  @Test func anotherClassMustLeadByTheMargin() {
    #expect(classes(smoothing(margin: 0.3), [0.2, 0.6, 0.64, 0.66, 0.4, 0.34]) == [0, 0, 0, 1, 1, 0])
  }

  @Test func aClassStaysForItsMinimumTime() {
    #expect(classes(smoothing(shortest: 0.3), [0.2, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1]) == [0, 0, 0, 1, 1, 1, 0])
  }

  @Test func scoresAreOldAsInAMeanOverTheWindow() {
    var smoothing = smoothing(window: 2)
    var means: [Float] = []
    // A ramp: what lags by an age is smaller by it.
    for step in 0..<2000 { means.append(smoothing.add([Float(step) / 100], at: Double(step) / 100).scores[0]) }
    #expect(abs(Float(1999) / 100 - means[1999] - 1) < 0.02)
    // The first ones are plain means.
    #expect(means[0] == 0)
    #expect(abs(means[1] - 0.005) < 1e-4)
  }

  @Test func aMeanOfTheSameIsTheSameForLong() {
    var smoothing = smoothing(window: 1)
    var last: (scores: [Float], best: Int) = ([], 0)
    for step in 0..<200_000 { last = smoothing.add([0.1, 0.7, 0.2], at: Double(step) / 30) }
    #expect(last.scores == [0.1, 0.7, 0.2])
    #expect(last.best == 1)
  }
}
