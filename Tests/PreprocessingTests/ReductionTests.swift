import Preprocessing
import Testing

@Suite struct ReductionTests {
  @Test func pixelsAreMeansOfWhatTheyCover() throws {
    // 3 × 3 to 2 × 2: each covers one and a half pixels each way.
    let red: [UInt8] = [0, 60, 120, 30, 90, 150, 60, 120, 180]
    let frame = try Frame(width: 3, height: 3, pixels: red.flatMap { [$0, 7, 255 - $0] }, timestamp: 1.5)
    let small = frame.reduced(toShortSide: 2)
    // (0 + 60/2 + 30/2 + 90/4) / 2.25 = 30, and so on.
    #expect((small.width, small.height, small.timestamp) == (2, 2, 1.5))
    #expect(stride(from: 0, to: 12, by: 3).map { small.pixels[$0] } == [30, 110, 70, 150])
    #expect(stride(from: 1, to: 12, by: 3).allSatisfy { small.pixels[$0] == 7 })
    #expect(stride(from: 2, to: 12, by: 3).map { small.pixels[$0] } == [225, 145, 185, 105])
  }

  @Test func smallFramesStayAsTheyAre() throws {
    let frame = try syntheticFrame(width: 9, height: 5, seed: 1)
    #expect(frame.reduced(toShortSide: 5) == frame && frame.reduced(toShortSide: 80) == frame)
  }

  @Test func sidesAreThoseOfScaledFrames() throws {
    let wide = try syntheticFrame(width: 37, height: 10, seed: 1).reduced(toShortSide: 4)
    #expect((wide.width, wide.height) == (14, 4))
    let high = try syntheticFrame(width: 10, height: 37, seed: 1).reduced(toShortSide: 4)
    #expect((high.width, high.height) == (4, 14))
    let white = try Frame(width: 31, height: 17, pixels: [UInt8](repeating: 255, count: 31 * 17 * 3))
    #expect(white.reduced(toShortSide: 7).pixels.allSatisfy { $0 == 255 })
  }
}
