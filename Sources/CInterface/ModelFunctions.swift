import CVideoAccelerator
import IR
import Models
import Preprocessing
import Tensors

// The functions of the header on models, under the same names. Nobody calls them from Swift, so they are not public.

@_cdecl("vacc_interface_version")
func interfaceVersion() -> Int32 { VACC_INTERFACE_VERSION }

@_cdecl("vacc_model_open")
func modelOpen(_ path: UnsafePointer<CChar>?, _ result: UnsafeMutablePointer<OpaquePointer?>?) -> vacc_status {
  status {
    guard let path else { throw InterfaceError.argument("the path is null") }
    try open(result) { try OpenModel(MappedFile(path: String(path: path))) }
  }
}

@_cdecl("vacc_model_open_bytes")
func modelOpenBytes(
  _ bytes: UnsafeRawPointer?, _ byteCount: Int, _ result: UnsafeMutablePointer<OpaquePointer?>?
) -> vacc_status {
  status {
    try open(result) { try OpenModel(MappedFile(path: "the model", copying: array(bytes, byteCount))) }
  }
}

@_cdecl("vacc_model_close")
func modelClose(_ model: OpaquePointer?) -> vacc_status {
  status { try Handles.shared.close(model, as: OpenModel.self) }
}

@_cdecl("vacc_model_get_info")
func modelGetInfo(_ model: OpaquePointer?, _ result: UnsafeMutablePointer<vacc_model_info>?) -> vacc_status {
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

@_cdecl("vacc_model_get_input")
func modelGetInput(
  _ model: OpaquePointer?, _ index: Int32, _ result: UnsafeMutablePointer<vacc_value_info>?
) -> vacc_status {
  status {
    _ = try vacc_value_info.size(at: result)
    let opened = try Handles.shared.shared(model, as: OpenModel.self)
    let types = opened.model.graph.inputTypes
    let index = try place(index, in: types.count, "input")
    try opened.inputInfo(index, shape: types[index].type.shape.map(\.value)).write(to: result)
  }
}

@_cdecl("vacc_model_get_output")
func modelGetOutput(
  _ model: OpaquePointer?, _ index: Int32, _ result: UnsafeMutablePointer<vacc_value_info>?
) -> vacc_status {
  status {
    _ = try vacc_value_info.size(at: result)
    let opened = try Handles.shared.shared(model, as: OpenModel.self)
    let types = opened.model.graph.outputTypes
    let index = try place(index, in: types.count, "output")
    try opened.outputInfo(index, shape: types[index].shape.map(\.value)).write(to: result)
  }
}

@_cdecl("vacc_model_get_label")
func modelGetLabel(
  _ model: OpaquePointer?, _ index: Int32, _ result: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> vacc_status {
  status {
    guard let result else { throw InterfaceError.argument("the place for the label is null") }
    let labels = try Handles.shared.shared(model, as: OpenModel.self).labels
    result.pointee = labels[try place(index, in: labels.count, "label")]
  }
}

@_cdecl("vacc_model_get_recipe")
func modelGetRecipe(_ model: OpaquePointer?, _ result: UnsafeMutablePointer<vacc_recipe>?) -> vacc_status {
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
