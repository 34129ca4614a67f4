import Foundation
import IR
import SwiftProtobuf
import Tensors

/// An ONNX file: the message in it, and the tensors that it keeps in files beside it.
final class ONNXFile {
  let path: String
  let proto: ONNXModelProto
  /// The version of ONNX's own operators.
  let operatorSet: Int
  /// The number of bytes of the file itself.
  let size: Int
  private var externalFiles: [String: MappedFile] = [:]

  /// The versions of ONNX's operators that are read.
  static let operatorSets = 9...23

  /// Reads a file.
  ///
  /// - Throws: `FileError` if it cannot be read, ``ONNXImportError`` if it is no ONNX model, or one of another version.
  init(path: String) throws {
    self.path = path
    let file = try MappedFile(path: path)
    size = file.count
    do {
      // Without a copy of the whole file, which is as large as the weights.
      let bytes = UnsafeMutableRawPointer(mutating: file.bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1))
      let data = bytes.map { Data(bytesNoCopy: $0, count: file.count, deallocator: .none) } ?? Data()
      proto = try withExtendedLifetime(file) { try ONNXModelProto(serializedBytes: data) }
    } catch let error as BinaryDecodingError {
      let reason = error == .messageDepthLimit ? "its graphs are nested too deep" : "it is damaged or no ONNX file"
      throw ONNXImportError(path: path, reason)
    }
    guard proto.hasGraph else { throw ONNXImportError(path: path, "it has no graph: it is damaged or no ONNX file") }
    let versions = proto.opsetImport.filter { ["", "ai.onnx"].contains($0.domain) }.map { Int($0.version) }
    guard let version = versions.max() else {
      throw ONNXImportError(path: path, "it does not say which version of ONNX's operators it uses")
    }
    guard Self.operatorSets.contains(version) else {
      throw ONNXImportError(
        path: path,
        "it uses ONNX operator set \(version), and sets \(Self.operatorSets.lowerBound) to \(Self.operatorSets.upperBound) are read"
      )
    }
    operatorSet = version
  }

  /// Returns the tensor of a message; floating-point elements as float32.
  ///
  /// - Throws: ``ONNXRefusal`` if its parts do not fit together, `FileError` for a file beside the model that cannot be
  ///   read.
  func tensor(_ proto: ONNXTensorProto) throws -> Tensor {
    let name = proto.name.printable
    guard let type = ElementType(onnx: proto.dataType) else {
      throw ONNXRefusal("the tensor '\(name)' has elements of a type that is not supported (\(proto.dataType))")
    }
    let shape = proto.dims.map { Int($0) }
    guard shape.count <= ValueType.maximumRank, ValueType(shape.map { .fixed($0) }, elementType: type).isPossible,
      let byteCount = Tensor.byteCount(shape: shape, elementType: type)
    else {
      throw ONNXRefusal("the tensor '\(name)' has the impossible shape \(shape)")
    }
    let tensor: Tensor
    if proto.dataLocation == .external {
      tensor = try external(proto, name: name, type: type, shape: shape)
    } else if proto.hasRawData {
      guard proto.rawData.count == byteCount else {
        throw ONNXRefusal("the tensor '\(name)' of shape \(shape) has \(proto.rawData.count) bytes, not \(byteCount)")
      }
      tensor = try proto.rawData.withUnsafeBytes {
        try Tensor(copying: $0, shape: shape, elementType: type, name: name)
      }
    } else {
      tensor = try listed(proto, name: name, type: type, shape: shape)
    }
    return type.isFloatingPoint ? tensor.converted(to: .float32) : tensor
  }

  /// Returns a tensor whose elements are in the field for their type.
  private func listed(_ proto: ONNXTensorProto, name: String, type: ElementType, shape: [Int]) throws(ONNXRefusal)
    -> Tensor
  {
    let count = shape.reduce(1, *)
    func tensor<Source, Element: TensorElement>(
      _ values: [Source], _ convert: (Source) -> Element?
    ) throws(ONNXRefusal) -> Tensor {
      guard values.count == count else {
        throw ONNXRefusal("the tensor '\(name)' of shape \(shape) has \(values.count) elements, not \(count)")
      }
      let elements = values.compactMap(convert)
      guard elements.count == count else {
        throw ONNXRefusal("the tensor '\(name)' has elements that do not fit \(type)")
      }
      return Tensor(elements, shape: shape)
    }
    switch type {
    case .float32: return try tensor(proto.floatData) { $0 }
    case .float64: return try tensor(proto.doubleData) { $0 }
    case .int64: return try tensor(proto.int64Data) { $0 }
    case .uint64: return try tensor(proto.uint64Data) { $0 }
    case .uint32: return try tensor(proto.uint64Data) { UInt32(exactly: $0) }
    case .int32: return try tensor(proto.int32Data) { $0 }
    case .int16: return try tensor(proto.int32Data) { Int16(exactly: $0) }
    case .int8: return try tensor(proto.int32Data) { Int8(exactly: $0) }
    case .uint16: return try tensor(proto.int32Data) { UInt16(exactly: $0) }
    case .uint8: return try tensor(proto.int32Data) { UInt8(exactly: $0) }
    case .bool: return try tensor(proto.int32Data) { [0, 1].contains($0) ? $0 == 1 : nil }
    case .float16: return try tensor(proto.int32Data) { UInt16(exactly: $0).map { Float16(bitPattern: $0) } }
    case .bfloat16: return try tensor(proto.int32Data) { UInt16(exactly: $0).map { BFloat16(bitPattern: $0) } }
    }
  }

  /// Returns a tensor whose bytes are in another file of the model's folder.
  private func external(_ proto: ONNXTensorProto, name: String, type: ElementType, shape: [Int]) throws -> Tensor {
    let entries = Dictionary(proto.externalData.map { ($0.key, $0.value) }) { first, _ in first }
    guard let location = entries["location"], !location.isEmpty else {
      throw ONNXRefusal("the tensor '\(name)' is in another file, but it does not say in which")
    }
    let file = try externalFile(location, tensor: name)
    guard let offset = Int(entries["offset"] ?? "0"), offset >= 0 else {
      throw ONNXRefusal("the tensor '\(name)' has no valid offset in '\(location.printable)'")
    }
    do throws(FormatError) {
      let layout = TensorLayout(shape: shape, elementType: type)
      return try file.tensor(named: "the tensor '\(name)'", layout: layout, at: offset, within: 0..<file.count)
    } catch { throw ONNXRefusal("\(error.description)") }
  }

  /// Returns a file in the model's folder or below it: a model from elsewhere must not read what else is on the machine.
  private func externalFile(_ location: String, tensor: String) throws -> MappedFile {
    if let file = externalFiles[location] { return file }
    let folder = FileSystem.folder(of: path)
    let outside = ONNXRefusal(
      "the tensor '\(tensor)' is in '\(location.printable)', outside of the model's folder, which is refused")
    guard !location.hasPrefix("/"), !location.split(separator: "/").contains(".."), !location.utf8.contains(0) else {
      throw outside
    }
    let target = FileSystem.path(location, in: folder)
    // Links can lead out of the folder too.
    if let root = FileSystem.absolutePath(of: folder), let found = FileSystem.absolutePath(of: target) {
      guard found.hasPrefix(root == "/" ? root : root + "/") else { throw outside }
    }
    let file = try MappedFile(path: target)
    externalFiles[location] = file
    return file
  }
}

extension Tensor {
  /// Creates a tensor of the bytes of a file; booleans must be 0 or 1.
  fileprivate init(
    copying bytes: UnsafeRawBufferPointer, shape: [Int], elementType: ElementType, name: String
  ) throws(ONNXRefusal) {
    guard elementType != .bool || bytes.allSatisfy({ $0 <= 1 }) else {
      throw ONNXRefusal("the tensor '\(name)' has a boolean that is neither 0 nor 1")
    }
    self.init(zeros: shape, elementType: elementType)
    withUnsafeMutableBytes { $0.copyMemory(from: bytes) }
  }
}

extension ElementType {
  /// Creates the type of a number in ONNX; nil for types that no tensor here can have.
  init?(onnx type: ONNXTensorProto.DataType) {
    guard let match = Self.allCases.first(where: { $0.onnx == type }) else { return nil }
    self = match
  }
}
