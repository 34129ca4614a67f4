import Foundation
import Preprocessing
import TestSupport
import Testing
import VideoAccelerator

/// Many hours of frames: two a second, one of which is sampled.
@Suite struct LongStreamTests {
  private static func classifier(_ method: StreamMethod) throws -> FrameClassifier {
    let recipe = try ClipRecipe(frameCount: 4, samplingRate: 1, shortSide: 8, cropSize: 8, framesPerSecond: 1)
    return try FrameClassifier(
      SmallStreams.model(recipe: recipe), options: StreamOptions(method: method, window: 20, shortest: 10))
  }

  /// Pushes the frames of hours, and calls back after each.
  private static func run(_ classifier: FrameClassifier, hours: Range<Int>, eachHour: () throws -> Void) throws {
    let frames = try (0..<64).map { try SmallStreams.frame($0, at: 0, width: 10, height: 8) }
    for hour in hours {
      for number in hour * 7200..<(hour + 1) * 7200 {
        _ = try classifier.push(at: Double(number) / 2) { frames[number * 7 % 64] }
      }
      try eachHour()
    }
  }

  @Test(.slow, arguments: [StreamMethod.continual, .windows]) func aDayIsCountedAndLeavesNothing(
    method: StreamMethod
  ) throws {
    let classifier = try Self.classifier(method)
    var sizes: [Int] = []
    try Self.run(classifier, hours: 0..<24) { sizes.append(try classifier.saveState().count) }
    let counters = classifier.counters
    let seconds = 24 * 3600
    #expect(counters.frames == 2 * seconds)
    #expect(counters.sampled == seconds)
    #expect(counters.skipped == seconds)
    #expect(counters.predictions == (seconds - 1 - classifier.warmUpFrames) / classifier.stride + 1)
    #expect(counters.repeated + counters.resets + counters.failures == 0)
    #expect(Set(sizes).count == 1)
  }

  #if compiler(>=6.2) && os(Linux)
    /// In a process of its own, as tests beside it take memory.
    @Test(.slow) func memoryStaysFlat() async {
      await #expect(processExitsWith: .success) {
        for method in [StreamMethod.continual, .windows] {
          let classifier = try Self.classifier(method)
          try Self.run(classifier, hours: 0..<2) {}
          let before = try Self.residentPages()
          try Self.run(classifier, hours: 2..<24) {}
          let pages = try Self.residentPages() - before
          if pages > 64 { fatalError("\(method): \(pages) pages more after 22 hours") }
        }
      }
    }

    /// The memory of this process in pages of 4 KiB.
    private static func residentPages() throws -> Int {
      let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
      return try #require(Int(fields[1]))
    }
  #endif
}
