import CPU
import CVideoAccelerator
import IR
import Models
import Tensors

/// A model that a program has opened.
final class OpenModel: OpenObject, Sendable {
  static let name = "model"

  let model: Model
  /// The name, then the names of inputs, then an empty one for outputs.
  let names: Texts
  let labels: Texts
  /// The model in other number formats, each made once.
  private let others = Guarded<[Precision: Model]>([:])

  init(_ file: MappedFile) throws {
    // Whatever is wrong with a file's parts is wrong with the file.
    do {
      model = try Model(file)
      try model.check()
    } catch let error as FileError {
      throw error
    } catch {
      throw InterfaceError.file("\(error)")
    }
    names = Texts([model.name] + model.graph.inputTypes.map(\.name) + [""])
    labels = Texts(model.labels)
  }

  /// Returns the model in a number format.
  ///
  /// - Throws: `InterfaceError` if there is no such format; what `Model.running(in:)` throws.
  func running(in precision: vacc_precision) throws -> Model {
    let wanted: Precision
    switch Int(precision) {
    case VACC_PRECISION_OWN: return model
    case VACC_FP32: wanted = .fp32
    case VACC_FP16: wanted = .fp16
    case VACC_INT8: wanted = .int8
    default: throw InterfaceError.argument("\(precision) is no precision")
    }
    if wanted == model.precision { return model }
    return try others.withLock { others in
      if let other = others[wanted] { return other }
      let other = try model.running(in: wanted)
      others[wanted] = other
      return other
    }
  }

  /// The lengths of inputs; nil for those that are not known.
  var inputShapes: [[Int?]] { model.graph.inputTypes.map { $0.type.shape.map(\.value) } }

  /// The lengths of outputs; nil for those that are not known.
  var outputShapes: [[Int?]] { model.graph.outputTypes.map { $0.shape.map(\.value) } }

  /// Writes what is known of an input or output.
  ///
  /// - Parameter shapes: The model's, or those that a session runs with.
  /// - Throws: `InterfaceError` if there is no such value, the place for it is not right, or the shape has too many dimensions.
  func describe(
    _ kind: ValueKind, _ index: Int32, shapes: [[Int?]], to result: UnsafeMutablePointer<vacc_value_info>?
  ) throws(InterfaceError) {
    _ = try vacc_value_info.size(at: result)
    let index = try place(index, in: shapes.count, kind.rawValue)
    var info: vacc_value_info
    switch kind {
    case .input:
      let (name, type) = model.graph.inputTypes[index]
      info = try vacc_value_info(shapes[index], type.elementType, name: names[1 + index])
      info.is_clip = model.recipes[name] == nil ? 0 : 1
    case .output:
      let type = model.graph.outputTypes[index].elementType
      info = try vacc_value_info(shapes[index], type, name: names[names.count - 1])
    }
    info.write(to: result)
  }
}

/// Which of a model's values is described; the raw value is what messages call it.
enum ValueKind: String {
  case input, output
}

extension vacc_value_info {
  /// - Parameter shape: The lengths; nil for those that are not known.
  fileprivate init(_ shape: [Int?], _ type: ElementType, name: UnsafePointer<CChar>) throws(InterfaceError) {
    self.init()
    guard shape.count <= Int(VACC_MAX_RANK) else {
      throw .unsupported("the value has \(shape.count) dimensions, more than \(VACC_MAX_RANK)")
    }
    element_type = vacc_element_type(type.interfaceNumber)
    self.name = name
    rank = Int32(shape.count)
    withUnsafeMutableBytes(of: &self.shape) { lengths in
      let lengths = lengths.bindMemory(to: Int64.self)
      for (axis, length) in shape.enumerated() { lengths[axis] = Int64(length ?? -1) }
    }
  }
}

extension ElementType {
  fileprivate var interfaceNumber: Int {
    switch self {
    case .float64: VACC_FLOAT64
    case .float32: VACC_FLOAT32
    case .float16: VACC_FLOAT16
    case .bfloat16: VACC_BFLOAT16
    case .int64: VACC_INT64
    case .int32: VACC_INT32
    case .int16: VACC_INT16
    case .int8: VACC_SIGNED_INT8
    case .uint64: VACC_UINT64
    case .uint32: VACC_UINT32
    case .uint16: VACC_UINT16
    case .uint8: VACC_UINT8
    case .bool: VACC_BOOL
    }
  }
}
