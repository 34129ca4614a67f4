#if VIDEO_USES_FFMPEG
  import CFFmpeg

  /// Finds the packets of H.264 whose picture is not a reference for others (`nal_ref_idc` 0; ITU-T H.264, 7.4.1):
  /// typically half of all. If such a picture is not needed, its packet need not be decoded, and all others stay the
  /// same.
  struct DisposablePackets {
    /// The number of bytes in each unit's length; nil where start codes separate units (Annex B).
    private let lengthSize: Int?

    /// Returns nil for other codecs.
    init?(_ parameters: AVCodecParameters) {
      guard parameters.codec_id == AV_CODEC_ID_H264 else { return nil }
      let header = UnsafeBufferPointer(start: parameters.extradata, count: Int(max(0, parameters.extradata_size)))
      // The configuration record of ISO/IEC 14496-15, 5.3.3.
      lengthSize = header.count >= 7 && header[0] == 1 ? Int(header[4] & 3) + 1 : nil
    }

    /// Returns whether the packet contains a picture that no other needs, and nothing else that matters.
    func contains(_ packet: AVPacket) -> Bool {
      let bytes = UnsafeBufferPointer(start: packet.data, count: Int(max(0, packet.size)))
      var hasPicture = false
      var next = 0
      while let header = header(in: bytes, from: &next) {
        guard bytes.indices.contains(header) else { return false }
        switch bytes[header] & 0x1F {
        // A slice of a picture that is not a key frame.
        case 1 where bytes[header] >> 5 & 3 == 0: hasPicture = true
        // Supplemental information, delimiters and filler data.
        case 6, 9, 12: break
        default: return false
        }
      }
      return hasPicture
    }

    /// Returns the offset of the next unit's header, and moves `next` to the unit's end or beginning; beyond the bytes
    /// if they are cut short.
    private func header(in bytes: UnsafeBufferPointer<UInt8>, from next: inout Int) -> Int? {
      guard let lengthSize else { return Self.marked(bytes, &next) }
      return Self.measured(bytes, lengthSize, &next)
    }

    /// Finds a unit by its length.
    private static func measured(_ bytes: UnsafeBufferPointer<UInt8>, _ size: Int, _ next: inout Int) -> Int? {
      guard next < bytes.count else { return nil }
      guard next + size < bytes.count else { return bytes.count }
      let length = bytes[next..<next + size].reduce(0) { $0 << 8 | Int($1) }
      let header = next + size
      guard length > 0, length <= bytes.count - header else { return bytes.count }
      next = header + length
      return header
    }

    /// Finds a unit by its start code, 0 0 1.
    private static func marked(_ bytes: UnsafeBufferPointer<UInt8>, _ next: inout Int) -> Int? {
      while next + 2 < bytes.count {
        if bytes[next + 2] > 1 {
          next += 3
        } else if bytes[next] == 0, bytes[next + 1] == 0, bytes[next + 2] == 1 {
          next += 3
          return next
        } else {
          next += 1
        }
      }
      return nil
    }
  }
#endif
