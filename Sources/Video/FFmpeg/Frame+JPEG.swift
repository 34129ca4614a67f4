#if VIDEO_USES_FFMPEG
  import CFFmpeg
  import Preprocessing

  extension Frame {
    /// Returns the picture as a JPEG file.
    ///
    /// - Parameter height: The height in pixels to which the picture is scaled; its width follows.
    /// - Throws: ``VideoError/cannotEncode(path:reason:)`` if this machine's FFmpeg cannot encode it.
    public func jpeg(height: Int) throws -> [UInt8] {
      _ = FFmpegLibrary.silence
      // Colors have half the resolution, so sides are even.
      let rows = Int32(max(2, min(height, 8192) / 2 * 2))
      let columns = Int32(max(2, min((Double(rows) * Double(width) / Double(self.height) / 2).rounded(), 4096) * 2))
      var codec = avcodec_alloc_context3(avcodec_find_encoder(AV_CODEC_ID_MJPEG))
      var packet = av_packet_alloc()
      var source: UnsafeMutablePointer<AVFrame>?
      var picture: UnsafeMutablePointer<AVFrame>?
      let scaler = sws_getContext(
        Int32(width), Int32(self.height), AV_PIX_FMT_RGB24, columns, rows, AV_PIX_FMT_YUVJ420P, SWS_AREA, nil, nil,
        nil)
      defer {
        avcodec_free_context(&codec)
        av_packet_free(&packet)
        av_frame_free(&source)
        av_frame_free(&picture)
        sws_freeContext(scaler)
      }
      source = try PaddedPicture.make(AV_PIX_FMT_RGB24, width: width, height: self.height, path: "a picture")
      picture = try PaddedPicture.make(AV_PIX_FMT_YUVJ420P, width: Int(columns), height: Int(rows), path: "a picture")
      guard let codec, let packet, let source, let picture, let scaler else {
        throw VideoError.outOfMemory(path: "a picture")
      }
      codec.pointee.width = columns
      codec.pointee.height = rows
      codec.pointee.pix_fmt = AV_PIX_FMT_YUVJ420P
      codec.pointee.time_base = AVRational(num: 1, den: 1)
      codec.pointee.flags |= AV_CODEC_FLAG_QSCALE
      codec.pointee.global_quality = 5 * FF_QP2LAMBDA
      picture.pointee.quality = codec.pointee.global_quality
      func check(_ code: Int32) throws {
        guard code < 0 else { return }
        throw VideoError.cannotEncode(path: "a picture", reason: FFmpegLibrary.message(code))
      }
      try check(avcodec_open2(codec, codec.pointee.codec, nil))
      PaddedPicture.copy(self, to: source)
      try check(sws_scale_frame(scaler, picture, source))
      try check(avcodec_send_frame(codec, picture))
      try check(avcodec_receive_packet(codec, packet))
      return Array(UnsafeBufferPointer(start: packet.pointee.data, count: Int(packet.pointee.size)))
    }
  }
#endif
