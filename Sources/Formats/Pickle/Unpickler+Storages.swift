import Tensors

extension Unpickler {
  /// Returns what a persistent identifier represents: a storage, or, in files from before PyTorch 1.6, a module's
  /// class.
  ///
  /// It is `("storage", type, key, device, count)`; before 1.6 with a sixth field, None or `(key, offset, count)` for a
  /// window of the storage. `("module", class, file, source)` has a class whose source is ignored.
  mutating func persistentObject(_ identifier: PickleValue) throws(FormatError) -> PickleValue {
    guard case .tuple(let index) = identifier else { throw error("a persistent identifier must be a tuple") }
    let fields = objects.tuples[index]
    if fields.first == .string("module"), fields.count == 4, case .unknownGlobal = fields[1] { return fields[1] }
    guard fields.count == 5 || fields.count == 6, fields[0] == .string("storage"), case .global(let type) = fields[1],
      case .string(let key) = fields[2], case .string = fields[3], case .integer(let count) = fields[4], count >= 0
    else { throw error("a persistent identifier must be that of a storage") }
    let kind: PickledStorage.Kind
    switch type {
    case .storage(let type): kind = .elements(type)
    case .untypedStorage: kind = .bytes
    case .unsupportedStorage(let name, let byteCount): kind = .unsupported(name: name, byteCount: byteCount)
    default: throw error("a persistent identifier must name the type of a storage")
    }
    let whole = try register(PickledStorage(key: key, kind: kind, count: count, window: 0..<count), as: key)
    guard fields.count == 6, fields[5] != .none else { return .storage(whole) }
    guard case .tuple(let window) = fields[5], objects.tuples[window].count == 3,
      case .string(let windowKey) = objects.tuples[window][0], case .integer(let offset) = objects.tuples[window][1],
      case .integer(let windowCount) = objects.tuples[window][2], offset >= 0, windowCount >= 0, offset <= count,
      windowCount <= count - offset
    else { throw error("a window on the storage \(key.quoted) must lie within it") }
    let storage = PickledStorage(key: key, kind: kind, count: count, window: offset..<offset + windowCount)
    return .storage(try register(storage, as: "\(key)/\(windowKey)"))
  }
}
