import Foundation
import Preprocessing
import TestSupport
import Testing
import VideoAccelerator

/// A day of frames.
@Suite struct LongStreamTests {
  @Test(.slow, arguments: [StreamMethod.continual, .windows]) func aDayLeavesNothingBehind(method: StreamMethod) throws
  {
    // A frame a second is sampled of two.
    let recipe = try ClipRecipe(frameCount: 4, samplingRate: 1, shortSide: 8, cropSize: 8, framesPerSecond: 1)
    let classifier = try FrameClassifier(
      SmallStreams.model(recipe: recipe), options: StreamOptions(method: method, window: 20, shortest: 10))
    let frames = try (0..<64).map { try SmallStreams.frame($0, at: 0, width: 10, height: 8) }
    let hours = 24
    var sizes: [Int] = []
    for number in 0..<hours * 7200 {
      _ = try classifier.push(at: Double(number) / 2) { frames[number * 7 % 64] }
      if number % 7200 == 7199 { sizes.append(try classifier.saveState().count) }
    }
    let counters = classifier.counters
    let seconds = hours * 3600
    #expect(counters.frames == 2 * seconds)
    #expect(counters.sampled == seconds)
    #expect(counters.skipped == seconds)
    #expect(counters.predictions == (seconds - 1 - classifier.warmUpFrames) / classifier.stride + 1)
    #expect(counters.repeated + counters.resets + counters.failures == 0)
    #expect(Set(sizes).count == 1)
  }
}
