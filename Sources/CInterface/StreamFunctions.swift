import CVideoAccelerator
import Models
import Preprocessing
import Streams

// The functions of the header on streams, under the same names.

/// The header's `vacc_stream_options_init`.
@_cdecl("vacc_stream_options_init")
public func streamOptionsInit(_ result: UnsafeMutablePointer<vacc_stream_options>?) -> vacc_status {
  status {
    _ = try vacc_stream_options.size(at: result)
    vacc_stream_options.usual.write(to: result)
  }
}

/// The header's `vacc_stream_open`.
@_cdecl("vacc_stream_open")
public func streamOpen(
  _ model: OpaquePointer?, _ options: UnsafePointer<vacc_stream_options>?,
  _ result: UnsafeMutablePointer<OpaquePointer?>?
) -> vacc_status {
  status {
    try open(result) {
      let model = try Handles.shared.shared(model, as: OpenModel.self)
      return try OpenStream(model, options == nil ? .usual : .read(options))
    }
  }
}

/// The header's `vacc_stream_close`.
@_cdecl("vacc_stream_close")
public func streamClose(_ stream: OpaquePointer?) -> vacc_status {
  status { try Handles.shared.close(stream, as: OpenStream.self) }
}

/// The header's `vacc_stream_get_info`.
@_cdecl("vacc_stream_get_info")
public func streamGetInfo(_ stream: OpaquePointer?, _ result: UnsafeMutablePointer<vacc_stream_info>?) -> vacc_status {
  status {
    _ = try vacc_stream_info.size(at: result)
    try Handles.shared.using(stream, as: OpenStream.self) { vacc_stream_info($0.classifier).write(to: result) }
  }
}

/// The header's `vacc_stream_push`.
@_cdecl("vacc_stream_push")
public func streamPush(
  _ stream: OpaquePointer?, _ picture: UnsafePointer<vacc_picture>?,
  _ result: UnsafeMutablePointer<vacc_prediction>?
) -> vacc_status {
  status {
    _ = try vacc_prediction.size(at: result)
    let picture = try CameraPicture(vacc_picture.read(picture))
    try Handles.shared.using(stream, as: OpenStream.self) { stream in
      try vacc_prediction(stream.push(picture)).write(to: result)
    }
  }
}

/// The header's `vacc_stream_get_scores`.
@_cdecl("vacc_stream_get_scores")
public func streamGetScores(
  _ stream: OpaquePointer?, _ scores: UnsafeMutablePointer<Float>?, _ classCount: Int32
) -> vacc_status {
  status {
    let scores = try floats(scores, classCount)
    try Handles.shared.using(stream, as: OpenStream.self) { stream in
      guard let values = stream.scores else { throw InterfaceError.unsupported("there is no prediction yet") }
      guard scores.count == values.count else {
        throw InterfaceError.argument("there is memory for \(scores.count) classes, not \(values.count)")
      }
      _ = scores.update(fromContentsOf: values)
    }
  }
}

/// The header's `vacc_stream_reset`.
@_cdecl("vacc_stream_reset")
public func streamReset(_ stream: OpaquePointer?) -> vacc_status {
  status { try Handles.shared.using(stream, as: OpenStream.self) { $0.reset() } }
}

/// The header's `vacc_stream_save`.
@_cdecl("vacc_stream_save")
public func streamSave(
  _ stream: OpaquePointer?, _ buffer: UnsafeMutableRawPointer?, _ capacity: Int, _ count: UnsafeMutablePointer<Int>?
) -> vacc_status {
  status {
    let bytes = try Handles.shared.using(stream, as: OpenStream.self) { try $0.classifier.saveState() }
    try write(bytes, to: buffer, capacity: capacity, count: count)
  }
}

/// The header's `vacc_stream_restore`.
@_cdecl("vacc_stream_restore")
public func streamRestore(_ stream: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ byteCount: Int) -> vacc_status {
  status {
    let bytes = try array(bytes, byteCount)
    try Handles.shared.using(stream, as: OpenStream.self) { try $0.restore(bytes) }
  }
}
