import CVideoAccelerator
import Tensors

// The functions of the header on sessions, under the same names.

/// The header's `vacc_session_open`.
@_cdecl("vacc_session_open")
public func sessionOpen(
  _ model: OpaquePointer?, _ options: UnsafePointer<vacc_session_options>?,
  _ result: UnsafeMutablePointer<OpaquePointer?>?
) -> vacc_status {
  status {
    try open(result) {
      let model = try Handles.shared.shared(model, as: OpenModel.self)
      return try OpenSession(model, options == nil ? vacc_session_options() : .read(options))
    }
  }
}

/// The header's `vacc_session_close`.
@_cdecl("vacc_session_close")
public func sessionClose(_ session: OpaquePointer?) -> vacc_status {
  status { try Handles.shared.close(session, as: OpenSession.self) }
}

/// The header's `vacc_session_get_input`.
@_cdecl("vacc_session_get_input")
public func sessionGetInput(
  _ session: OpaquePointer?, _ index: Int32, _ result: UnsafeMutablePointer<vacc_value_info>?
) -> vacc_status {
  status {
    try Handles.shared.using(session, as: OpenSession.self) {
      try $0.opened.describe(.input, index, shapes: $0.session.plan.inputShapes, to: result)
    }
  }
}

/// The header's `vacc_session_get_output`.
@_cdecl("vacc_session_get_output")
public func sessionGetOutput(
  _ session: OpaquePointer?, _ index: Int32, _ result: UnsafeMutablePointer<vacc_value_info>?
) -> vacc_status {
  status {
    try Handles.shared.using(session, as: OpenSession.self) {
      try $0.opened.describe(.output, index, shapes: $0.session.plan.outputShapes, to: result)
    }
  }
}

/// The header's `vacc_session_run`.
@_cdecl("vacc_session_run")
public func sessionRun(
  _ session: OpaquePointer?, _ inputs: UnsafePointer<UnsafeRawPointer?>?, _ inputBytes: UnsafePointer<Int>?,
  _ inputCount: Int32, _ outputs: UnsafePointer<UnsafeMutableRawPointer?>?, _ outputBytes: UnsafePointer<Int>?,
  _ outputCount: Int32
) -> vacc_status {
  status {
    let sources = try buffers(inputs, inputBytes, inputCount, "an input")
    let targets = try buffers(outputs, outputBytes, outputCount)
    try Handles.shared.using(session, as: OpenSession.self) { try $0.run(sources, to: targets) }
  }
}

/// The header's `vacc_session_run_pictures`.
@_cdecl("vacc_session_run_pictures")
public func sessionRunPictures(
  _ session: OpaquePointer?, _ pictures: UnsafePointer<vacc_picture>?, _ count: Int32,
  _ outputs: UnsafePointer<UnsafeMutableRawPointer?>?, _ outputBytes: UnsafePointer<Int>?, _ outputCount: Int32
) -> vacc_status {
  status {
    let pictures = try Pictures(pictures, count: count)
    let targets = try buffers(outputs, outputBytes, outputCount)
    try Handles.shared.using(session, as: OpenSession.self) { try $0.run(pictures, to: targets) }
  }
}

/// The header's `vacc_session_classify`.
@_cdecl("vacc_session_classify")
public func sessionClassify(
  _ session: OpaquePointer?, _ pictures: UnsafePointer<vacc_picture>?, _ count: Int32,
  _ scores: UnsafeMutablePointer<Float>?, _ classCount: Int32
) -> vacc_status {
  status {
    let pictures = try Pictures(pictures, count: count)
    let scores = try floats(scores, classCount)
    try Handles.shared.using(session, as: OpenSession.self) { try $0.classify(pictures, to: scores) }
  }
}

/// The header's `vacc_session_reset`.
@_cdecl("vacc_session_reset")
public func sessionReset(_ session: OpaquePointer?) -> vacc_status {
  status { try Handles.shared.using(session, as: OpenSession.self) { $0.session.reset() } }
}

/// The header's `vacc_session_save`.
@_cdecl("vacc_session_save")
public func sessionSave(
  _ session: OpaquePointer?, _ buffer: UnsafeMutableRawPointer?, _ capacity: Int, _ count: UnsafeMutablePointer<Int>?
) -> vacc_status {
  status {
    let bytes = try Handles.shared.using(session, as: OpenSession.self) { try $0.saved() }
    try write(bytes, to: buffer, capacity: capacity, count: count)
  }
}

/// The header's `vacc_session_restore`.
@_cdecl("vacc_session_restore")
public func sessionRestore(_ session: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ byteCount: Int) -> vacc_status {
  status {
    let bytes = try array(bytes, byteCount)
    try Handles.shared.using(session, as: OpenSession.self) { try $0.restore(bytes) }
  }
}

/// The header's `vacc_session_profile`.
@_cdecl("vacc_session_profile")
public func sessionProfile(
  _ session: OpaquePointer?, _ runs: Int32, _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int,
  _ count: UnsafeMutablePointer<Int>?
) -> vacc_status {
  status {
    try Handles.shared.using(session, as: OpenSession.self) { session in
      let text = try session.profile ?? session.measured(runs: Int(runs))
      session.profile = text
      try write(text, to: buffer, capacity: capacity, count: count)
      if buffer != nil { session.profile = nil }
    }
  }
}

/// Returns the memory of outputs.
private func buffers(
  _ pointers: UnsafePointer<UnsafeMutableRawPointer?>?, _ byteCounts: UnsafePointer<Int>?, _ count: Int32
) throws(InterfaceError) -> [UnsafeMutableRawBufferPointer] {
  // Pointers to memory that is written are pointers to memory.
  let pointers = UnsafeRawPointer(pointers)?.assumingMemoryBound(to: UnsafeRawPointer?.self)
  return try buffers(pointers, byteCounts, count, "an output").map { UnsafeMutableRawBufferPointer(mutating: $0) }
}

/// Returns the memory of inputs.
private func buffers(
  _ pointers: UnsafePointer<UnsafeRawPointer?>?, _ byteCounts: UnsafePointer<Int>?, _ count: Int32, _ name: String
) throws(InterfaceError) -> [UnsafeRawBufferPointer] {
  guard (0...10_000).contains(count) else { throw .argument("\(name) cannot be one of \(count)") }
  guard count > 0 else { return [] }
  guard let pointers, let byteCounts else { throw .argument("the memory or the sizes of \(name) are null") }
  var buffers: [UnsafeRawBufferPointer] = []
  for index in 0..<Int(count) { buffers.append(try memory(pointers[index], byteCounts[index], name)) }
  return buffers
}

/// Returns the memory of scores.
func floats(_ start: UnsafeMutablePointer<Float>?, _ count: Int32) throws(InterfaceError) -> UnsafeMutableBufferPointer<
  Float
> {
  guard let start, count > 0 else { throw .argument("there is no memory for scores") }
  return UnsafeMutableBufferPointer(start: start, count: Int(count))
}
