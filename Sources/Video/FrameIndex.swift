import Preprocessing

/// The frames of a video in the order in which they are shown, and the packets that they come from.
///
/// It is made from what the packets say (``init(_:tick:)``), without decoding, or from the decoded frames
/// (``init(_:decoded:tick:)``), which are right where the two differ.
struct FrameIndex: Sendable {
  /// A packet at which decoding can start: no frame of an earlier packet is shown after its own.
  struct Entry: Sendable, Equatable {
    /// The packet's place in the file's order.
    let packet: Int
    /// The byte offset of the packet in the file.
    let position: Int64
    /// The size of the packet in bytes.
    let size: Int
    /// Its times according to the container, in ticks.
    let decoding: Int64, presentation: Int64
    /// The number of its frame.
    let number: Int
  }

  /// The times of the frames.
  let timeline: FrameTimeline
  /// The container's time of the first frame, in ticks.
  let start: Int64
  /// Whether decoding gave the index.
  let isDecoded: Bool
  /// The entries in the order of the file.
  let entries: [Entry]
  /// The packet of each frame, or −1.
  private let packets: [Int32]
  /// The frame of each packet, or −1.
  private let numbers: [Int32]

  /// Creates the index from what packets say; returns nil if they do not say it.
  init?(_ list: PacketList, tick: Double) {
    guard list.tellsTimes else { return nil }
    let packets = list.records.indices.filter { !list.records[$0].isHidden }
      .sorted { (list.presentation[$0], $0) < (list.presentation[$1], $1) }
    self.init(list, packets: packets, times: packets.map { list.presentation[$0] }, isDecoded: false, tick: tick)
  }

  /// Creates the index from decoded frames.
  ///
  /// - Parameters:
  ///   - list: The packets.
  ///   - decoded: The packet of each frame in the order in which frames were decoded, or nil where the decoder did not
  ///     say.
  ///   - tick: The seconds in a tick.
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
        // Several packets may start in one block of the file: this one must be found by its position.
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

  /// Returns the times of decoded frames: their packets', or where these are missing or descend, decoding times in
  /// order.
  private static func times(_ packets: [Int], _ list: PacketList) -> [Int64] {
    let isKnown = { (packet: Int) in packet >= 0 && list.presentation[packet] != PacketRecord.unknown }
    var times: [Int64]
    if let first = packets.firstIndex(where: isKnown), packets[first...].allSatisfy(isKnown) {
      // What comes before the first known time is counted back.
      let (start, end) = (list.presentation[packets[first]], list.presentation[packets[packets.count - 1]])
      let count = packets.count - 1 - first
      let step = count > 0 ? Double(end &- start) / Double(count) : Double(list.frame)
      times = packets.enumerated().map { number, packet in
        number < first ? start &- Int64((Double(first - number) * step).rounded()) : list.presentation[packet]
      }
    } else {
      let byDecoding = timesByDecoding(packets, list)
      times = packets.enumerated().map { isKnown($1) ? list.presentation[$1] : byDecoding[$0] }
    }
    let isCrowded = times.count > 1 && (times[times.count - 1] &- times[0]) / Int64(times.count - 1) < list.frame / 50
    if isCrowded {
      // A parser counted frames, not time.
      times = packets.indices.map { Int64($0) &* list.frame }
    } else if zip(times, times.dropFirst()).contains(where: { $0 > $1 }) {
      times = timesByDecoding(packets, list)
      for index in times.indices.dropFirst() { times[index] = max(times[index], times[index - 1]) }
    }
    return times
  }

  /// Returns the decoding times of packets, for their frames in the order in which they are shown.
  private static func timesByDecoding(_ packets: [Int], _ list: PacketList) -> [Int64] {
    let decoding = packets.compactMap { $0 >= 0 ? list.decoding[$0] : nil }.filter { $0 != PacketRecord.unknown }
      .sorted()
    guard let last = decoding.last else { return packets.indices.map { Int64($0) &* list.frame } }
    // The number of packets that a decoder must have seen before it knows which frame is next.
    var (delay, highest) = (0, 0)
    let ranks = Dictionary(
      packets.filter { $0 >= 0 }.sorted().enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    for (number, packet) in packets.enumerated() {
      highest = max(highest, ranks[packet] ?? 0)
      delay = max(delay, highest - number)
    }
    let step = usualDistance(of: decoding) ?? list.frame
    return packets.indices.map { number in
      let place = number + delay
      return place < decoding.count ? decoding[place] : last &+ Int64(place - decoding.count + 1) &* step
    }
  }

  /// Returns the median distance of ascending times; nil if there is none.
  private static func usualDistance(of times: [Int64]) -> Int64? {
    let distances = zip(times, times.dropFirst()).map { $1 &- $0 }.sorted()
    guard !distances.isEmpty, distances[(distances.count - 1) / 2] > 0 else { return nil }
    return distances[(distances.count - 1) / 2]
  }

  /// Returns the duration of the last frame: as its packet says, unless packets give wrong durations for all frames, or
  /// it is far from the others'.
  private static func lastDuration(_ packets: [Int], _ times: [Int64], _ list: PacketList) -> Int64 {
    guard let packet = packets.last else { return 0 }
    let stated = packet >= 0 ? list.records[packet].duration : 0
    guard let usual = usualDistance(of: times) else { return stated > 0 ? stated : list.frame }
    let durations = packets.compactMap { $0 >= 0 ? list.records[$0].duration : nil }.sorted()
    let isTold = durations.last.map { _ in durations[durations.count / 2] * 3 / 2 >= usual } ?? false
    return stated > 0 && isTold && stated / 2 <= usual ? stated : usual
  }

  /// Returns the number of a decoded frame.
  ///
  /// - Parameters:
  ///   - packet: The packet that it came from, if the decoder says so.
  ///   - previous: The number of the frame before it.
  /// - Returns: Nil for a frame that is not in the index.
  func number(ofPacket packet: Int?, after previous: Int?) -> Int? {
    if let next = previous.map({ $0 + 1 }), next < packets.count, Int(packets[next]) == packet ?? -1 { return next }
    guard let packet, numbers.indices.contains(packet), numbers[packet] >= 0 else { return nil }
    return Int(numbers[packet])
  }

  /// Returns, for each packet, whether it gives a whole frame that is not among the given ones.
  func packets(butOf wanted: [Int]) -> [Bool] {
    var others = numbers.map { $0 >= 0 }
    for number in wanted where packets[number] >= 0 { others[Int(packets[number])] = false }
    // A packet without a frame may contain the second field of the one before it.
    for packet in others.indices.dropLast() where numbers[packet + 1] < 0 { others[packet] = false }
    return others
  }

  /// Returns whether a frame is the next one after another, except for those of some packets.
  func isNext(_ number: Int, after previous: Int, butFor leftOut: Set<Int>) -> Bool {
    number > previous && (previous + 1..<number).allSatisfy { leftOut.contains(Int(packets[$0])) }
  }

  /// Returns the time of a packet's frame in seconds.
  func seconds(ofPacket packet: Int?) -> Double? {
    number(ofPacket: packet, after: nil).map { timeline.times[$0] }
  }

  /// Returns the last entry from which a frame can be reached.
  func entry(before number: Int) -> Entry? {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].number <= number { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? entries[low - 1] : nil
  }
}
