#if VIDEO_USES_FFMPEG
  import CFFmpeg

  /// Lists the packets of a file's video stream without decoding them.
  struct PacketScan {
    let packets: PacketList
    /// What is wrong with the file, as far as packets show, and at which packet at the earliest; nil for its end.
    let damage: (reason: String, packet: Int?)?
    /// Whether only decoding shows which frames there are and when: the last packet is incomplete, or times are wrong.
    let isDoubtful: Bool

    private static let hole = "some bytes belong to no packet"

    /// More frames than three days at 30 a second are taken as damage.
    private static let limit = 1 << 23

    /// Reads a whole file, or an MP4 file's table.
    ///
    /// - Parameter demuxer: The open file, whose position is kept.
    init(_ demuxer: Demuxer) throws {
      let parameters = demuxer.stream.pointee.codecpar.pointee
      var found = Packets()
      if try !PacketScan.readTable(demuxer, into: &found) {
        found = Packets()
        let scanner = try Demuxer(demuxer.contents, interruption: demuxer.interruption)
        scanner.keepSound()
        try PacketScan.read(scanner, upTo: PacketScan.limit, into: &found)
      }
      packets = PacketList(
        found.records, second: demuxer.second, frame: demuxer.frameTicks,
        stated: demuxer.longestStatedDuration.flatMap { Int64(exactly: ($0 / demuxer.tick).rounded()) },
        mayJump: demuxer.flags & AVFMT_TS_DISCONT != 0,
        isReordered: parameters.video_delay > 0 || PacketScan.hidesDelay(parameters.codec_id))
      isDoubtful = found.isLastIncomplete || packets.firstWithBadTime != nil
      let missedEnd = PacketScan.missedEnd(demuxer, packets, otherEnd: found.otherEnd)
      damage =
        found.damage ?? packets.firstWithBadTime.map { ("timestamps are wrong", $0) }
        ?? missedEnd.map { (Demuxer.endsEarly(stated: $0), nil) }
    }

    /// What was read from a file.
    private struct Packets {
      var records: [PacketRecord] = []
      /// The end of the last packet of sound, in seconds.
      var otherEnd = 0.0
      var isLastIncomplete = false
      /// The end of the previous packet in the file, in bytes.
      var end: Int64 = 0
      /// The first error, and the packet that it comes before.
      var damage: (reason: String, packet: Int?)?

      mutating func note(_ reason: String) { damage = damage ?? (reason, records.count) }

      /// Records unused bytes between packets, in containers that store nothing that long there.
      mutating func noteHole(before packet: AVPacket) {
        if end > 0, packet.pos > end + 16384 { note(PacketScan.hole) }
        var size = Int64(packet.size)
        for index in 0..<Int(packet.side_data_elems) { size += Int64(packet.side_data[index].size) }
        end = max(end, packet.pos + size)
      }
    }

    /// Returns whether frames may be reordered without FFmpeg knowing before they are decoded.
    private static func hidesDelay(_ codec: AVCodecID) -> Bool {
      [AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VC1, AV_CODEC_ID_WMV3, AV_CODEC_ID_RV40, AV_CODEC_ID_RV30]
        .contains(codec)
    }

    /// Reads packets until the end of the file, or as far as it can be read.
    private static func read(_ demuxer: Demuxer, upTo count: Int, into found: inout Packets) throws {
      var packet = av_packet_alloc()
      defer { av_packet_free(&packet) }
      guard let packet else { throw VideoError.outOfMemory(path: demuxer.path) }
      let isVP8 = demuxer.stream.pointee.codecpar.pointee.codec_id == AV_CODEC_ID_VP8
      let holdsPacketsOnly = demuxer.holdsPacketsOnly
      while found.records.count < count {
        try demuxer.interruption()
        let outcome = demuxer.read(packet) { packet in
          if holdsPacketsOnly { found.noteHole(before: packet) }
          guard let stream = demuxer.context.pointee.streams[Int(packet.stream_index)],
            stream.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_AUDIO,
            packet.pts != video_no_timestamp
          else { return }
          let end = Double(packet.pts &+ max(0, packet.duration)) * av_q2d(stream.pointee.time_base)
          found.otherEnd = max(found.otherEnd, end)
        }
        if case .failed(let code) = outcome { found.note(FFmpegLibrary.message(code)) }
        if demuxer.hasSkippedBytes { found.note(hole) }
        guard case .packet = outcome else { return }
        if holdsPacketsOnly { found.noteHole(before: packet.pointee) }
        found.isLastIncomplete = packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0
        if found.isLastIncomplete { found.note("a packet is incomplete") }
        var record = record(of: packet.pointee, isVP8: isVP8)
        // A bare stream has no times, whatever its parser makes up.
        if demuxer.flags & AVFMT_NOTIMESTAMPS != 0 {
          (record.presentation, record.decoding) = (PacketRecord.unknown, PacketRecord.unknown)
        }
        found.records.append(record)
        av_packet_unref(packet)
      }
      if count == limit {
        throw VideoError.notAVideo(path: demuxer.path, reason: "it has more than \(limit) frames")
      }
    }

    private static func record(of packet: AVPacket, isVP8: Bool) -> PacketRecord {
      var isHidden = packet.flags & AV_PKT_FLAG_DISCARD != 0
      // RFC 6386, 9.1: the fifth bit says whether a frame is shown, or only a reference.
      if isVP8, packet.size > 0, let data = packet.data { isHidden = isHidden || data[0] & 0x10 == 0 }
      return PacketRecord(
        presentation: packet.pts, decoding: packet.dts, duration: packet.duration, position: packet.pos,
        size: Int(packet.size), isKey: packet.flags & AV_PKT_FLAG_KEY != 0, isHidden: isHidden)
    }

    /// Lists the packets of an MP4 file's table, for codecs whose packets FFmpeg returns as they are stored.
    ///
    /// - Returns: Whether the file has such a table.
    private static func readTable(_ demuxer: Demuxer, into found: inout Packets) throws -> Bool {
      let codecs = [
        AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MPEG4, AV_CODEC_ID_MJPEG, AV_CODEC_ID_PRORES, AV_CODEC_ID_DNXHD,
      ]
      guard demuxer.isMP4, codecs.contains(demuxer.stream.pointee.codecpar.pointee.codec_id) else { return false }
      guard let input = try CustomInput(demuxer.contents) else { return false }
      defer { withExtendedLifetime(input) {} }
      var context = avformat_alloc_context()
      context?.pointee.pb = input.context
      context?.pointee.flags |= AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN
      // FFmpeg frees the context if it fails.
      let code = FFmpegLibrary.withURL(of: demuxer.contents) {
        avformat_open_input(&context, $0, demuxer.context.pointee.iformat, nil)
      }
      guard code >= 0, let context else { return false }
      let index = Int(demuxer.stream.pointee.index)
      guard index < Int(context.pointee.nb_streams), let stream = context.pointee.streams[index] else {
        Demuxer.close(context)
        return false
      }
      let table = Demuxer(
        demuxer.contents, interruption: demuxer.interruption, context: context, stream: stream)
      let count = Int(avformat_index_get_entries_count(stream))
      guard count > 0, count < limit else { return false }
      Demuxer.discardOthers(context, but: index)
      input.leavesOutContents = true
      try read(table, upTo: count, into: &found)
      if let last = found.records.last, input.isZero(at: last.position, count: last.size) {
        found.isLastIncomplete = true
        found.note("a packet is empty")
      }
      // Fragments follow a table that may be empty or incomplete.
      guard let next = av_packet_alloc() else { throw VideoError.outOfMemory(path: demuxer.path) }
      var packet: UnsafeMutablePointer<AVPacket>? = next
      defer { av_packet_free(&packet) }
      input.leavesOutContents = false
      guard found.records.count == count, case .packet = table.read(next) else { return true }
      return false
    }

    /// Returns the stated duration, if nothing in the file lasts until then.
    private static func missedEnd(_ demuxer: Demuxer, _ packets: PacketList, otherEnd: Double) -> Double? {
      guard let stated = demuxer.statedDuration else { return nil }
      let times = packets.presentation.filter { $0 != PacketRecord.unknown }
      guard let first = times.min(), let last = times.max() else { return nil }
      let start = min(0, Double(first) * demuxer.tick)
      // Durations are counted from the first frame or from 0.
      let end = max(Double(last &+ 2 &* demuxer.frameTicks) * demuxer.tick, otherEnd) - start + 0.5
      return end < stated ? stated : nil
    }
  }
#endif
