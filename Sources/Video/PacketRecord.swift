/// What a container says about one compressed packet; times are ticks of its stream's clock.
struct PacketRecord: Equatable {
  /// A time that the container does not give; FFmpeg's value for it.
  static let unknown = Int64.min

  /// The time at which its frame is shown.
  var presentation: Int64
  /// The time at which it is decoded.
  var decoding: Int64
  /// The duration of its frame, or 0.
  var duration: Int64
  /// The byte offset in the file, or −1.
  var position: Int64
  /// The size in bytes.
  var size: Int
  /// Whether decoding can start with it.
  var isKey: Bool
  /// Whether it has no frame to show.
  var isHidden: Bool
}

/// The packets of a video in the order of the file, with times that continue where the file's restart.
struct PacketList {
  /// The packets as the container describes them.
  let records: [PacketRecord]
  /// The time at which each packet's frame is shown, in ticks; `PacketRecord.unknown` where nothing says it.
  private(set) var presentation: [Int64]
  /// The time at which each packet is decoded, in ticks.
  private(set) var decoding: [Int64]
  /// The ticks in a second, and in a frame at the average rate.
  let second: Int64, frame: Int64
  /// The first packet whose times cannot be right.
  private(set) var firstWithBadTime: Int?

  /// Creates the list from the packets of a file.
  ///
  /// - Parameters:
  ///   - stated: The duration of the video according to the container, in ticks; nil if it does not say.
  ///   - mayJump: Whether times of this container may restart anywhere (MPEG-TS, for example): then long gaps are
  ///     jumps.
  ///   - isReordered: Whether frames may be shown in another order than they are decoded in.
  init(
    _ records: [PacketRecord], second: Int64, frame: Int64, stated: Int64?, mayJump: Bool, isReordered: Bool
  ) {
    self.records = records
    self.second = max(second, 1)
    self.frame = max(frame, 1)
    // More than any video has, and small enough to add to.
    let limit = Int64(1) << 60
    func checked(_ time: Int64) -> Int64 { time > -limit && time < limit ? time : PacketRecord.unknown }
    presentation = records.map { checked($0.presentation) }
    decoding = records.map { checked($0.decoding) }
    // No gap is longer than the whole video; FFmpeg's own command accepts up to 30 hours.
    let longestGap = mayJump ? 10 : max(10, min(108_000, stated.map { $0 / self.second &+ 1 } ?? 108_000))
    joinParts(mayJump: mayJump, longestGap: longestGap &* self.second)
    dropUnlikelyTimes(stated: stated)
    fillIn(isReordered: isReordered)
  }

  /// Whether each packet that gives a frame has a time.
  var tellsTimes: Bool {
    records.indices.allSatisfy { records[$0].isHidden || presentation[$0] != PacketRecord.unknown }
  }

  /// Makes times continue where they go back, or jump ahead by more than the longest gap.
  ///
  /// A few packets far ahead of those before and after them are damaged: their times are replaced, and nothing after
  /// them moves.
  ///
  /// - Parameters:
  ///   - mayJump: Whether times of this container may restart.
  ///   - longestGap: In ticks: ten seconds in a container whose times may restart, as in FFmpeg's own command.
  private mutating func joinParts(mayJump: Bool, longestGap: Int64) {
    var offset: Int64 = 0
    var (latest, expected) = (Int64.min / 2, Int64?.none)
    // The end of the frames so far.
    var end = Int64.min / 2
    var leap: (index: Int, time: Int64)?
    // Presentation times are not monotonic: they are used only if there are no others. Where a container has no
    // decoding times, FFmpeg's guesses jump in the same way.
    let isDecodingTime = decoding.contains { $0 != PacketRecord.unknown }
    let slack = isDecodingTime && mayJump ? second / 10 : max(second, 32 &* frame)
    for index in records.indices {
      let stated = isDecodingTime ? decoding[index] : presentation[index]
      let length = records[index].duration > 0 ? min(records[index].duration, 10 &* second) : frame
      guard stated != PacketRecord.unknown else {
        expected = expected.map { $0 &+ frame }
        if presentation[index] != PacketRecord.unknown {
          presentation[index] = presentation[index] &+ offset
          end = max(end, presentation[index] &+ length)
        }
        continue
      }
      var time = stated &+ offset
      if let expected {
        let isBack = time &+ slack < latest
        if isBack, !mayJump, let leap, index - leap.index <= 32, time &+ slack >= leap.time {
          replaceTimes(leap.index..<index, from: leap.time)
        } else if isBack || time &- expected > longestGap {
          if !isBack, !mayJump { noteBadTime(index) }
          offset = offset &+ (expected &- time)
          // The first frame of a part does not come before the last one of the part before.
          let overlap = presentation[index] == PacketRecord.unknown ? 0 : end &- (presentation[index] &+ offset)
          if overlap > 0, overlap < 32 &* frame { offset = offset &+ overlap }
          time = stated &+ offset
        } else if time &- expected > 10 &* second {
          leap = (index, expected)
        }
      }
      if presentation[index] != PacketRecord.unknown {
        presentation[index] = presentation[index] &+ offset
        end = max(end, presentation[index] &+ length)
      }
      if decoding[index] != PacketRecord.unknown { decoding[index] = decoding[index] &+ offset }
      (latest, expected) = (time, time &+ length)
    }
  }

  private mutating func noteBadTime(_ index: Int) { firstWithBadTime = firstWithBadTime ?? index }

  /// Drops presentation times that spread far wider than decoding times and the stated duration: a damaged file's, in
  /// which they are hours apart.
  private mutating func dropUnlikelyTimes(stated: Int64?) {
    func spread(_ times: [Int64]) -> Int64? {
      let known = times.filter { $0 != PacketRecord.unknown }
      guard let first = known.min(), let last = known.max() else { return nil }
      return last &- first
    }
    guard let shown = spread(presentation), let decoded = spread(decoding),
      shown / 2 > max(decoded, stated ?? 0) &+ 10 &* second &+ 32 &* frame
    else { return }
    noteBadTime(0)
    for index in presentation.indices { presentation[index] = PacketRecord.unknown }
  }

  private mutating func replaceTimes(_ range: Range<Int>, from start: Int64) {
    noteBadTime(range.lowerBound)
    for (step, index) in range.enumerated() {
      let time = start &+ Int64(step) &* frame
      if decoding[index] != PacketRecord.unknown { decoding[index] = time }
      presentation[index] = time
    }
  }

  /// Fills in presentation times that a container leaves out, from decoding times.
  ///
  /// Without reordering both are the same. With MPEG's B-frames, whose times FFmpeg gives, a reference frame is shown
  /// when the next one is decoded.
  private mutating func fillIn(isReordered: Bool) {
    guard !tellsTimes else { return }
    if !isReordered {
      for index in records.indices where presentation[index] == PacketRecord.unknown {
        presentation[index] = decoding[index]
      }
      return
    }
    // Where nothing has a time of its own, only decoding shows the order.
    guard presentation.contains(where: { $0 != PacketRecord.unknown }) else { return }
    var next = decoding.last.flatMap { $0 == PacketRecord.unknown ? nil : $0 &+ frame } ?? PacketRecord.unknown
    for index in records.indices.reversed() {
      // A packet without any time stays unknown.
      if decoding[index] == PacketRecord.unknown { continue }
      let isBidirectional = presentation[index] == decoding[index]
      if isBidirectional { continue }
      if presentation[index] == PacketRecord.unknown { presentation[index] = next }
      next = decoding[index]
    }
  }
}
