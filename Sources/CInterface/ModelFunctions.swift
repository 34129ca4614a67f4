import CVideoAccelerator
import IR
import Models
import Preprocessing
import Tensors

// The functions of the header on models, under the same names. They are public for the linker to see them; nobody calls them from Swift.

/// The header's `vacc_interface_version`.
@_cdecl("vacc_interface_version")
public func interfaceVersion() -> Int32 { VACC_INTERFACE_VERSION }

/// The header's `vacc_model_open`.
@_cdecl("vacc_model_open")
public func modelOpen(_ path: UnsafePointer<CChar>?, _ result: UnsafeMutablePointer<OpaquePointer?>?) -> vacc_status {
  status {
    guard let path else { throw InterfaceError.argument("the path is null") }
    try open(result) { try OpenModel(MappedFile(path: String(path: path))) }
  }
}

/// The header's `vacc_model_open_bytes`.
@_cdecl("vacc_model_open_bytes")
public func modelOpenBytes(
  _ bytes: UnsafeRawPointer?, _ byteCount: Int, _ result: UnsafeMutablePointer<OpaquePointer?>?
) -> vacc_status {
  status {
    try open(result) { try OpenModel(MappedFile(path: "the model", copying: array(bytes, byteCount))) }
  }
}

/// The header's `vacc_model_close`.
@_cdecl("vacc_model_close")
public func modelClose(_ model: OpaquePointer?) -> vacc_status {
  status { try Handles.shared.close(model, as: OpenModel.self) }
}

/// The header's `vacc_model_get_info`.
@_cdecl("vacc_model_get_info")
public func modelGetInfo(_ model: OpaquePointer?, _ result: UnsafeMutablePointer<vacc_model_info>?) -> vacc_status {
  status {
    _ = try vacc_model_info.size(at: result)
    let opened = try Handles.shared.shared(model, as: OpenModel.self)
    let model = opened.model
    var info = vacc_model_info()
    info.precision =
      switch model.precision {
      case .fp32: vacc_precision(VACC_FP32)
      case .fp16: vacc_precision(VACC_FP16)
      case .int8: vacc_precision(VACC_INT8)
      }
    info.input_count = Int32(clamping: model.graph.inputs.count)
    info.output_count = Int32(clamping: model.graph.outputs.count)
    info.label_count = Int32(clamping: model.labels.count)
    info.state_count = Int32(clamping: model.graph.states.count)
    info.receptive_field = Int32(clamping: model.stepTiming?.receptiveField ?? 0)
    info.delay = Int32(clamping: model.stepTiming?.delay ?? 0)
    info.name = opened.names[0]
    info.write(to: result)
  }
}

/// The header's `vacc_model_get_input`.
@_cdecl("vacc_model_get_input")
public func modelGetInput(
  _ model: OpaquePointer?, _ index: Int32, _ result: UnsafeMutablePointer<vacc_value_info>?
) -> vacc_status {
  status {
    let model = try Handles.shared.shared(model, as: OpenModel.self)
    try model.describe(.input, index, shapes: model.inputShapes, to: result)
  }
}

/// The header's `vacc_model_get_output`.
@_cdecl("vacc_model_get_output")
public func modelGetOutput(
  _ model: OpaquePointer?, _ index: Int32, _ result: UnsafeMutablePointer<vacc_value_info>?
) -> vacc_status {
  status {
    let model = try Handles.shared.shared(model, as: OpenModel.self)
    try model.describe(.output, index, shapes: model.outputShapes, to: result)
  }
}

/// The header's `vacc_model_get_label`.
@_cdecl("vacc_model_get_label")
public func modelGetLabel(
  _ model: OpaquePointer?, _ index: Int32, _ result: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> vacc_status {
  status {
    guard let result else { throw InterfaceError.argument("the place for the label is null") }
    let labels = try Handles.shared.shared(model, as: OpenModel.self).labels
    result.pointee = labels[try place(index, in: labels.count, "label")]
  }
}

/// The header's `vacc_model_get_recipe`.
@_cdecl("vacc_model_get_recipe")
public func modelGetRecipe(_ model: OpaquePointer?, _ result: UnsafeMutablePointer<vacc_recipe>?) -> vacc_status {
  status {
    _ = try vacc_recipe.size(at: result)
    let clip = try Handles.shared.shared(model, as: OpenModel.self).model.requiredRecipe()
    var recipe = vacc_recipe()
    recipe.frame_count = Int32(clamping: clip.frameCount)
    recipe.sampling_rate = Int32(clamping: clip.samplingRate)
    recipe.short_side = Int32(clamping: clip.shortSide)
    recipe.crop_size = Int32(clamping: clip.cropSize)
    recipe.mean = (clip.mean[0], clip.mean[1], clip.mean[2])
    recipe.standard_deviation = (clip.standardDeviation[0], clip.standardDeviation[1], clip.standardDeviation[2])
    recipe.frames_per_second = clip.framesPerSecond
    recipe.write(to: result)
  }
}
