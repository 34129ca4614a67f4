/// The frames of a video in the order in which they are shown, and the packets that they come of.
///
/// It is made of what the packets say (``init(_:tick:)``), without decoding, or of what decoding all of them gave
/// (``init(_:decoded:tick:)``), which is the truth where the two differ.
struct FrameIndex: Sendable {
  /// A packet with which decoding can begin: no frame of an earlier packet is shown after its own.
  struct Entry: Sendable, Equatable {
    /// The packet's place in the file's order.
    let packet: Int
    /// Where it is in the file, in bytes.
    let position: Int64
    /// In bytes.
    let size: Int
    /// Its times as the container says them.
    let decoding: Int64, presentation: Int64
    /// The number of its frame.
    let number: Int
  }

  /// When frames are shown.
  let timeline: FrameTimeline
  /// What the container calls the time of the first frame, in ticks.
  let start: Int64
  /// Whether decoding gave it.
  let isDecoded: Bool
  /// In the order of the file.
  let entries: [Entry]
  /// The packet of each frame, or -1.
  private let packets: [Int32]
  /// The frame of each packet, or -1.
  private let numbers: [Int32]

  /// The index that packets tell; nil where they do not.
  init?(_ list: PacketList, tick: Double) {
    guard list.tellsTimes else { return nil }
    let packets = list.records.indices.filter { !list.records[$0].isHidden }
      .sorted { (list.presentation[$0], $0) < (list.presentation[$1], $1) }
    self.init(list, packets: packets, times: packets.map { list.presentation[$0] }, isDecoded: false, tick: tick)
  }

  /// The index that decoding gave.
  ///
  /// - Parameter decoded: The packet of each frame in the order in which frames came, or nil where the decoder did not say.
  init(_ list: PacketList, decoded: [Int?], tick: Double) {
    let packets = decoded.map { packet in packet.flatMap { list.records.indices.contains($0) ? $0 : nil } ?? -1 }
    self.init(list, packets: packets, times: Self.times(packets, list), isDecoded: true, tick: tick)
  }

  private init(_ list: PacketList, packets: [Int], times: [Int64], isDecoded: Bool, tick: Double) {
    self.isDecoded = isDecoded
    self.packets = packets.map(Int32.init)
    var numbers = [Int32](repeating: -1, count: list.records.count)
    for (number, packet) in packets.enumerated() where packet >= 0 && numbers[packet] < 0 {
      numbers[packet] = Int32(number)
    }
    self.numbers = numbers
    let first = times.first ?? 0
    let stated = packets.first.flatMap { $0 >= 0 ? list.records[$0].presentation : nil } ?? PacketRecord.unknown
    start = stated == PacketRecord.unknown ? first : stated
    timeline = FrameTimeline(
      times: times.map { Double($0 &- first) * tick },
      lastFrameDuration: Double(Self.lastDuration(packets, times, list)) * tick, tick: tick)

    var entries: [Entry] = []
    var latest = -1
    for (packet, record) in list.records.enumerated() where numbers[packet] >= 0 {
      let number = Int(numbers[packet])
      if record.isKey, record.position >= 0, number > latest, packet > 0,
        // Several packets may begin in one block of the file: this one must be known by its place.
        list.records[packet - 1].position != record.position,
        packet + 1 == list.records.count || list.records[packet + 1].position != record.position
      {
        entries.append(
          Entry(
            packet: packet, position: record.position, size: record.size, decoding: record.decoding,
            presentation: record.presentation, number: number))
      }
      latest = max(latest, number)
    }
    self.entries = entries
  }

  /// The times of decoded frames: their packets', or where these are missing or go back, decoding times in their order.
  private static func times(_ packets: [Int], _ list: PacketList) -> [Int64] {
    let decoding = packets.compactMap { $0 >= 0 ? list.decoding[$0] : nil }.filter { $0 != PacketRecord.unknown }
      .sorted()
    // So many packets a decoder must have seen before it knows which frame is next.
    var (delay, highest) = (0, 0)
    let ranks = Dictionary(
      packets.filter { $0 >= 0 }.sorted().enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    for (number, packet) in packets.enumerated() {
      highest = max(highest, ranks[packet] ?? 0)
      delay = max(delay, highest - number)
    }
    func byDecoding(_ number: Int) -> Int64 {
      guard let last = decoding.last else { return Int64(number) &* list.frame }
      let place = number + delay
      return place < decoding.count ? decoding[place] : last &+ Int64(place - decoding.count + 1) &* list.frame
    }
    var times = packets.enumerated().map { number, packet in
      let stated = packet >= 0 ? list.presentation[packet] : PacketRecord.unknown
      return stated == PacketRecord.unknown ? byDecoding(number) : stated
    }
    let isCrowded = times.count > 1 && (times[times.count - 1] &- times[0]) / Int64(times.count - 1) < list.frame / 50
    if isCrowded {
      // A parser counted frames, not time.
      times = packets.indices.map { Int64($0) &* list.frame }
    } else if zip(times, times.dropFirst()).contains(where: { $0 > $1 }) {
      times = packets.indices.map(byDecoding)
      for index in times.indices.dropFirst() { times[index] = max(times[index], times[index - 1]) }
    }
    return times
  }

  /// How long the last frame is shown: as its packet says, unless that is far from the other frames'.
  private static func lastDuration(_ packets: [Int], _ times: [Int64], _ list: PacketList) -> Int64 {
    guard let packet = packets.last, let first = times.first, let last = times.last else { return 0 }
    let usual = times.count > 1 ? max(1, (last &- first) / Int64(times.count - 1)) : list.frame
    let stated = packet >= 0 ? list.records[packet].duration : 0
    return stated > 0 && (times.count < 2 || stated / 2 <= usual) ? stated : usual
  }

  /// The number of a decoded frame.
  ///
  /// - Parameters:
  ///   - packet: The packet that it came of, where the decoder says.
  ///   - previous: The number of the frame before it.
  /// - Returns: nil for a frame that is not in the index.
  func number(ofPacket packet: Int?, after previous: Int?) -> Int? {
    if let next = previous.map({ $0 + 1 }), next < packets.count, Int(packets[next]) == packet ?? -1 { return next }
    guard let packet, numbers.indices.contains(packet), numbers[packet] >= 0 else { return nil }
    return Int(numbers[packet])
  }

  /// By packet, whether it gives a frame, and a whole one, that is not among some.
  func packets(butOf wanted: [Int]) -> [Bool] {
    var others = numbers.map { $0 >= 0 }
    for number in wanted where packets[number] >= 0 { others[Int(packets[number])] = false }
    // A packet without a frame may hold the second field of the one before it.
    for packet in others.indices.dropLast() where numbers[packet + 1] < 0 { others[packet] = false }
    return others
  }

  /// Whether a frame is the next one after another, but for those of some packets.
  func isNext(_ number: Int, after previous: Int, butFor leftOut: Set<Int>) -> Bool {
    number > previous && (previous + 1..<number).allSatisfy { leftOut.contains(Int(packets[$0])) }
  }

  /// The time of a packet's frame, in seconds.
  func seconds(ofPacket packet: Int?) -> Double? {
    number(ofPacket: packet, after: nil).map { timeline.times[$0] }
  }

  /// The last entry from which a frame can be reached.
  func entry(before number: Int) -> Entry? {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].number <= number { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? entries[low - 1] : nil
  }
}
