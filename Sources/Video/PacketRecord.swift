/// What a container says of one compressed packet; times are ticks of its stream's clock.
struct PacketRecord: Equatable {
  /// A time that the container does not say; FFmpeg's value for it.
  static let unknown = Int64.min

  /// When its frame is shown.
  var presentation: Int64
  /// When it is to be decoded.
  var decoding: Int64
  /// How long its frame is shown, or 0.
  var duration: Int64
  /// Where it is in the file, or -1.
  var position: Int64
  /// In bytes.
  var size: Int
  /// Whether decoding can begin with it.
  var isKey: Bool
  /// Whether it gives no frame to show.
  var isHidden: Bool
}

/// The packets of a video in the order of the file, with times that go on where the file's start anew.
struct PacketList {
  /// As the container says.
  let records: [PacketRecord]
  /// When each packet's frame is shown, in ticks; `PacketRecord.unknown` where nothing tells.
  private(set) var presentation: [Int64]
  /// When each packet is decoded, in ticks.
  private(set) var decoding: [Int64]
  /// A second, and a frame at the average rate, in ticks.
  let second: Int64, frame: Int64

  /// Packets as they come from a file.
  ///
  /// - Parameters:
  ///   - mayJump: Whether times of this container may start anew anywhere (MPEG-TS, for example): then long gaps are none.
  ///   - isReordered: Whether frames may be shown in another order than they are decoded in.
  init(_ records: [PacketRecord], second: Int64, frame: Int64, mayJump: Bool, isReordered: Bool) {
    self.records = records
    self.second = max(second, 1)
    self.frame = max(frame, 1)
    // Beyond any video, and small enough to add to.
    let limit = Int64(1) << 60
    func checked(_ time: Int64) -> Int64 { time > -limit && time < limit ? time : PacketRecord.unknown }
    presentation = records.map { checked($0.presentation) }
    decoding = records.map { checked($0.decoding) }
    joinParts(mayJump: mayJump)
    fillIn(isReordered: isReordered)
  }

  /// Whether each packet that gives a frame has a time.
  var tellsTimes: Bool {
    records.indices.allSatisfy { records[$0].isHidden || presentation[$0] != PacketRecord.unknown }
  }

  /// Makes time go on where it goes back, or leaps ahead: by ten seconds in a container whose times may start anew, or by thirty
  /// hours.
  ///
  /// The limits are those of FFmpeg's own command. A few packets far ahead of those before and after them are damaged: their
  /// times are replaced, and nothing after them moves.
  private mutating func joinParts(mayJump: Bool) {
    var offset: Int64 = 0
    var (latest, expected) = (Int64.min / 2, Int64?.none)
    var leap: (index: Int, time: Int64)?
    // Presentation times go back and forth by themselves: they serve where there are no others. And where a container has no
    // decoding times, FFmpeg's guesses are off by as much.
    let isDecodingTime = decoding.contains { $0 != PacketRecord.unknown }
    let slack = isDecodingTime && mayJump ? second / 10 : max(second, 32 &* frame)
    for index in records.indices {
      let stated = isDecodingTime ? decoding[index] : presentation[index]
      guard stated != PacketRecord.unknown else {
        expected = expected.map { $0 &+ frame }
        if presentation[index] != PacketRecord.unknown { presentation[index] = presentation[index] &+ offset }
        continue
      }
      var time = stated &+ offset
      let length = records[index].duration > 0 ? min(records[index].duration, 10 &* second) : frame
      if let expected {
        let isBack = time &+ slack < latest
        if isBack, !mayJump, let leap, index - leap.index <= 32, time &+ slack >= leap.time {
          replaceTimes(leap.index..<index, from: leap.time)
        } else if isBack || time &- expected > (mayJump ? 10 : 108_000) &* second {
          offset = offset &+ (expected &- time)
          time = expected
        } else if time &- expected > 10 &* second {
          leap = (index, expected)
        }
      }
      if presentation[index] != PacketRecord.unknown { presentation[index] = presentation[index] &+ offset }
      if decoding[index] != PacketRecord.unknown { decoding[index] = decoding[index] &+ offset }
      (latest, expected) = (time, time &+ length)
    }
  }

  private mutating func replaceTimes(_ range: Range<Int>, from start: Int64) {
    for (step, index) in range.enumerated() {
      let time = start &+ Int64(step) &* frame
      if decoding[index] != PacketRecord.unknown { decoding[index] = time }
      presentation[index] = time
    }
  }

  /// Presentation times that a container leaves out, from decoding times.
  ///
  /// Without reordering both are the same. With MPEG's B-frames, which FFmpeg says the time of, a frame that others refer to is
  /// shown when the next such frame is decoded.
  private mutating func fillIn(isReordered: Bool) {
    guard !tellsTimes else { return }
    if !isReordered {
      for index in records.indices where presentation[index] == PacketRecord.unknown {
        presentation[index] = decoding[index]
      }
      return
    }
    // Where nothing has a time of its own, only decoding tells the order.
    guard presentation.contains(where: { $0 != PacketRecord.unknown }) else { return }
    var next = decoding.last.flatMap { $0 == PacketRecord.unknown ? nil : $0 &+ frame } ?? PacketRecord.unknown
    for index in records.indices.reversed() {
      let isBidirectional = presentation[index] == decoding[index] && presentation[index] != PacketRecord.unknown
      if isBidirectional { continue }
      if presentation[index] == PacketRecord.unknown { presentation[index] = next }
      next = decoding[index]
    }
  }
}
