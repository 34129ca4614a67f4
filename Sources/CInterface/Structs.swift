import CVideoAccelerator

/// A struct of the interface, whose first member is its size in bytes, a `UInt32`.
protocol SizedStruct {
  init()
}

extension vacc_model_info: SizedStruct {}
extension vacc_value_info: SizedStruct {}
extension vacc_recipe: SizedStruct {}
extension vacc_picture: SizedStruct {}
extension vacc_session_options: SizedStruct {}
extension vacc_stream_options: SizedStruct {}
extension vacc_prediction: SizedStruct {}
extension vacc_stream_info: SizedStruct {}

extension SizedStruct {
  /// The size that the struct had in the first version of the interface.
  private static var smallestSize: Int { MemoryLayout<Self>.size }
  /// The largest size that is not taken for a mistake.
  private static var largestSize: Int { 4096 }

  /// Returns the struct's own size.
  ///
  /// - Throws: `InterfaceError` if it is null, or its size is not one that a version of the interface can have.
  static func size(at pointer: UnsafeRawPointer?) throws(InterfaceError) -> Int {
    guard let pointer else { throw .argument("the \(Self.self) is null") }
    let size = Int(pointer.loadUnaligned(as: UInt32.self))
    guard (smallestSize...largestSize).contains(size) else {
      throw .argument("the size of the \(Self.self) is \(size), not sizeof(\(Self.self)), \(smallestSize)")
    }
    return size
  }

  /// Returns a copy of a struct.
  ///
  /// - Throws: `InterfaceError` if it is null, or has members that are not known and not 0.
  static func read(_ pointer: UnsafeRawPointer?) throws(InterfaceError) -> Self {
    let size = try size(at: pointer)
    var copy = Self()
    guard let pointer else { return copy }
    for index in MemoryLayout<Self>.size..<max(size, MemoryLayout<Self>.size)
    where pointer.load(fromByteOffset: index, as: UInt8.self) != 0 {
      throw .argument("the \(Self.self) has members that this version of the library does not know")
    }
    withUnsafeMutableBytes(of: &copy) { $0.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: $0.count)) }
    return copy
  }

  /// Writes all members but the size to a struct, whose size was checked.
  func write(to pointer: UnsafeMutableRawPointer?) {
    guard let pointer else { return }
    let size = Int(pointer.loadUnaligned(as: UInt32.self))
    let members = MemoryLayout<UInt32>.size..<MemoryLayout<Self>.size
    withUnsafeBytes(of: self) { source in
      UnsafeMutableRawBufferPointer(start: pointer + members.lowerBound, count: members.count)
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[members]))
    }
    let rest = UnsafeMutableRawBufferPointer(start: pointer + members.upperBound, count: size - members.upperBound)
    rest.initializeMemory(as: UInt8.self, repeating: 0)
  }
}
