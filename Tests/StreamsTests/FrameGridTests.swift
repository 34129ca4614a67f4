import Testing

@testable import Streams

@Suite struct FrameGridTests {
  /// Returns the times of the frames that are taken, each with its place, and the number of missed places.
  private func taken(_ times: [Double], interval: Double) -> (frames: [(time: Double, place: Int)], missed: Int) {
    var grid = FrameGrid(interval: interval, longestGap: 10)
    var frames: [(time: Double, place: Int)] = []
    var missed = 0
    for time in times {
      switch grid.visit(time) {
      case .taken(let count):
        frames.append((time, grid.position?.place ?? -1))
        missed += count
      case .skipped: break
      case .jump: Issue.record("a jump to \(time)")
      }
    }
    return (frames, missed)
  }

  @Test(arguments: [24, 25, 30, 50, 60, 24000 / 1001], [1 / 30.0, 5 / 30.0, 6 / 30.0, 0.04])
  func eachPlaceHasTheNearestFrame(rate: Double, interval: Double) {
    let count = Int(rate * 20)
    let times = (0..<count).map { 7 + Double($0) / rate }
    let (frames, missed) = taken(times, interval: interval)
    #expect(frames.count + missed == frames.last.map { $0.place + 1 })
    if rate * interval >= 1 { #expect(missed == 0) }
    for (time, place) in frames {
      let distance = abs(7 + Double(place) * interval - time)
      #expect(times.allSatisfy { distance <= abs(7 + Double(place) * interval - $0) + 1e-9 }, "place \(place)")
    }
  }

  @Test func aSlowerVideosFramesStandForMissingPlaces() {
    // 10 frames a second for 30 places: the nearest place has the frame, and two before it have none.
    let (frames, missed) = taken((0..<20).map { Double($0) / 10 }, interval: 1 / 30)
    #expect(frames.map(\.place) == (0..<20).map { 3 * $0 })
    #expect(missed == 19 * 2)
  }

  @Test func irregularTimesStayInTheirPlaces() {
    // Up to two fifths of a frame early or late.
    let late = [0, 0.4, -0.4, 0.2, -0.3, 0.4, -0.1, -0.4, 0.1, 0.35]
    let times = (0..<300).map { (Double($0) + late[$0 % 10]) / 30 }
    let (frames, missed) = taken(times, interval: 1 / 30)
    #expect(frames.map(\.place) == Array(0..<300))
    #expect(missed == 0)
  }

  @Test func lostFramesDoNotMoveOthers() {
    let times = (0..<200).filter { ![11, 12, 13, 14, 15, 16, 17, 18, 60, 62, 64].contains($0) }.map { Double($0) / 30 }
    let (frames, missed) = taken(times, interval: 5 / 30)
    #expect(missed == 0)
    // The place at 15 has the first frame after those that are lost; all others have their own, or the one after it.
    for (time, place) in frames where place != 3 { #expect(abs(time - Double(place) * 5 / 30) < 1.5 / 30, "\(time)") }
  }

  @Test func jumpsAreBackwardsOrTooFarAhead() {
    var grid = FrameGrid(interval: 0.1, longestGap: 1)
    #expect(grid.visit(100) == .taken(missed: 0))
    #expect(grid.visit(101) == .taken(missed: 9))
    #expect(grid.visit(102.1) == .jump)
    #expect(grid.visit(-5) == .jump)
    // One that is late by less than a place's distance is no jump.
    #expect(grid.visit(100.95) == .skipped)
    #expect(grid.visit(101) == .skipped)
    #expect(grid.visit(101.1) == .taken(missed: 0))
    #expect(grid.visit(.greatestFiniteMagnitude) == .jump)
    #expect(grid.visit(-.greatestFiniteMagnitude) == .jump)
  }
}
