#if VIDEO_USES_FFMPEG
  import CFFmpeg

  /// Counts the frames of a span of time without decoding, through a file handle of its own, so that the decoder's
  /// position stays.
  final class PacketCounter {
    private let demuxer: Demuxer
    private var packet: UnsafeMutablePointer<AVPacket>?

    /// A stream reorders at most this many frames (H.264 and HEVC allow 16), so this many packets in a row beyond a span
    /// mean that it is over.
    private static let reorderLimit = 32

    init(path: String) throws {
      demuxer = try Demuxer(path: path)
      packet = av_packet_alloc()
    }

    deinit { av_packet_free(&packet) }

    /// How many packets have a presentation time within `span`; nil if the file does not tell.
    func count(in span: Range<Int64>) -> Int? {
      // Some containers search by decoding time, and a frame may be decoded a little before it is shown.
      guard let packet, demuxer.seek(to: span.lowerBound &- demuxer.clock.second) else { return nil }
      var count = 0
      var beyond = 0
      while beyond < PacketCounter.reorderLimit, case .packet = demuxer.read(packet) {
        defer { av_packet_unref(packet) }
        let time = packet.pointee.pts
        guard time != video_no_timestamp else { return nil }
        let isHidden = packet.pointee.flags & AV_PKT_FLAG_DISCARD != 0
        if span.contains(time), !isHidden { count += 1 }
        beyond = time >= span.upperBound ? beyond + 1 : 0
        // No later packet is shown before its own decoding time.
        if packet.pointee.dts != video_no_timestamp, packet.pointee.dts >= span.upperBound { break }
      }
      return count
    }
  }
#endif
