import Testing

@testable import Video

/// Which frames there are and when they are shown, from what containers say of packets.
@Suite struct FrameIndexTests {
  private static let none = PacketRecord.unknown

  /// An index of packets with presentation and decoding times, a frame being one tick of 0.1 s.
  private func index(
    _ packets: [(presentation: Int64, decoding: Int64)], keys: Set<Int> = [0], hidden: Set<Int> = [],
    stated: Int64? = nil, mayJump: Bool = false, isReordered: Bool = true
  ) -> FrameIndex? {
    let list = list(
      packets, keys: keys, hidden: hidden, stated: stated, mayJump: mayJump, isReordered: isReordered)
    return FrameIndex(list, tick: 0.1)
  }

  private func list(
    _ packets: [(presentation: Int64, decoding: Int64)], keys: Set<Int> = [0], hidden: Set<Int> = [],
    stated: Int64? = nil, duration: Int64 = 1, mayJump: Bool = false, isReordered: Bool = true
  ) -> PacketList {
    let records = packets.enumerated().map { number, times in
      PacketRecord(
        presentation: times.presentation, decoding: times.decoding, duration: duration, position: Int64(number * 100),
        size: 100,
        isKey: keys.contains(number), isHidden: hidden.contains(number))
    }
    return PacketList(records, second: 10, frame: 1, stated: stated, mayJump: mayJump, isReordered: isReordered)
  }

  private func ticks(_ index: FrameIndex?) -> [Int] {
    index.map { $0.timeline.times.map { Int(($0 * 10).rounded()) } } ?? []
  }

  @Test func framesAreInTheOrderInWhichTheyAreShown() throws {
    let index = try #require(self.index([(101, 100), (104, 101), (102, 102), (103, 103)], hidden: [2]))
    #expect(ticks(index) == [0, 2, 3])
    #expect((0..<4).map { index.number(ofPacket: $0, after: nil) } == [0, 2, nil, 1])
    #expect(index.start == 101 && abs(index.timeline.duration - 0.4) < 1e-9)
  }

  @Test func timeGoesOnWhereItGoesBackOrLeaps() {
    let twice: [(Int64, Int64)] = [0, 10, 20, 0, 10, 20].map { ($0, $0) }
    #expect(ticks(index(twice, mayJump: true)) == [0, 10, 20, 21, 31, 41])
    let guessed: [(Int64, Int64)] = [(0, 0), (9, 9), (4, Self.none), (1, 1), (2, 2), (3, 3)]
    #expect(ticks(index(guessed)) == [0, 1, 2, 3, 4, 9])
    let leap: [(Int64, Int64)] = [0, 1, 2, 1000, 1001].map { ($0, $0) }
    #expect(ticks(index(leap, mayJump: true)) == [0, 1, 2, 3, 4])
    #expect(ticks(index(leap)) == [0, 1, 2, 1000, 1001])
    // Packets far ahead of those on both sides are damaged.
    let damaged: [(Int64, Int64)] = [0, 1, 2, 9000, 9001, 5, 6].map { ($0, $0) }
    #expect(ticks(index(damaged)) == [0, 1, 2, 3, 4, 5, 6])
    let huge: [(Int64, Int64)] = [(0, 0), (1, 1), (Int64.max, Int64.max), (3, 3), (Int64.min + 1, Int64.min + 1)]
    #expect(ticks(index(huge, isReordered: false)).allSatisfy { (0..<10).contains($0) })
  }

  @Test func timesThatCannotBeRightAreDamage() {
    // No gap is longer than the video is said to be.
    let leap: [(Int64, Int64)] = [0, 1, 2, 1000, 1001].map { ($0, $0) }
    #expect(ticks(index(leap, stated: 50)) == [0, 1, 2, 3, 4])
    #expect(list(leap, stated: 50).firstWithBadTime == 3 && list(leap, stated: 1002).firstWithBadTime == nil)
    #expect(ticks(index(leap, stated: 1002)) == [0, 1, 2, 1000, 1001])
    // Frames that are decoded one after the other are not shown days apart.
    let far: [(Int64, Int64)] = [(900_000, 0), (900_001, 1), (2, 2), (900_003, 3)]
    #expect(index(far) == nil && list(far).firstWithBadTime == 0)
    #expect(ticks(FrameIndex(list(far), decoded: [0, 1, 2, 3], tick: 0.1)) == [0, 1, 2, 3])
    // But one may wait for long to be shown.
    let late: [(Int64, Int64)] = [(0, 0), (1, 1), (1000, 2)]
    #expect(ticks(index(late, stated: 1001)) == [0, 1, 1000] && list(late, stated: 1001).firstWithBadTime == nil)
  }

  @Test func partsFollowOneAnotherAsTheyAreShown() {
    // Decoding times are two frames behind in the first part, and guessed in the second.
    let first = (Int64(0)..<40).map { ($0, $0 < 2 ? Self.none : $0 - 2) }
    let second = (Int64(0)..<40).map { ($0, $0) }
    #expect(ticks(index(first + second)) == Array(0..<80))
  }

  @Test func theLastFrameIsShownAsLongAsItsPacketSaysOrMostAre() {
    func length(_ times: [Int64], duration: Int64) -> Double? {
      FrameIndex(list(times.map { ($0, $0) }, duration: duration), tick: 0.1).map {
        ($0.timeline.lastFrameDuration * 10).rounded()
      }
    }
    #expect(length([0, 2, 4, 6, 100], duration: 0) == 2)
    #expect(length([0, 2, 4, 6], duration: 3) == 3)
    // Packets of one tick do not lie two apart, and none is shown for longer than that.
    #expect(length([0, 2, 4, 6], duration: 1) == 2)
    #expect(length([0, 2, 4, 6], duration: 60) == 2)
    #expect(length([5], duration: 60) == 60 && length([0, 0], duration: 0) == 1)
  }

  @Test func missingTimesFollowFromDecodingTimes() {
    #expect(ticks(index([(Self.none, 0), (Self.none, 1), (Self.none, 2)], isReordered: false)) == [0, 1, 2])
    // I P B B P B B: only B-frames have times.
    let mixed: [(Int64, Int64)] = [(Self.none, 0), (Self.none, 1), (2, 2), (3, 3), (Self.none, 4), (5, 5), (6, 6)]
    let found = index(mixed)
    #expect(ticks(found) == [0, 1, 2, 3, 4, 5, 6])
    #expect(found?.number(ofPacket: 1, after: nil) == 3)
    #expect(index([(Self.none, 0), (Self.none, 1), (Self.none, 2)]) == nil)
  }

  @Test func decodingTellsWhatPacketsDoNot() {
    let list = list([(Self.none, 10), (Self.none, 11), (Self.none, 12), (Self.none, 13)], keys: [0, 3])
    let index = FrameIndex(list, decoded: [0, 2, 1, 3], tick: 0.1)
    #expect(ticks(index) == [0, 1, 2, 3] && index.isDecoded)
    #expect(index.number(ofPacket: 1, after: nil) == 2 && index.entry(before: 3)?.packet == 3)
    let lost = FrameIndex(list, decoded: [0, nil, 3], tick: 0.1)
    #expect(ticks(lost).count == 3 && lost.number(ofPacket: nil, after: 0) == 1)
  }

  @Test func decodingBeginsWhereNothingBeforeIsShownLater() throws {
    // The key frame 3 is shown before frame 2.
    let index = try #require(self.index([(1, 0), (2, 1), (4, 2), (3, 3), (5, 4), (6, 5)], keys: [0, 3, 5]))
    #expect(index.entries.map(\.packet) == [5])
    #expect(index.entry(before: 4) == nil && index.entry(before: 5)?.number == 5)
  }
}
