import CPU
import CVideoAccelerator

/// What a program opens and closes.
protocol OpenObject: AnyObject {
  /// What messages call it.
  static var name: String { get }
}

/// The objects that a program has opened.
///
/// A handle is not an object's address but a number that is never used again, so that one that was closed is noticed,
/// and so is one of another type.
final class Handles: Sendable {
  static let shared = Handles()

  private struct Entry {
    let object: any OpenObject
    var isInUse = false
  }

  private struct State {
    var entries: [Int: Entry] = [:]
    var latest = 0
  }

  private let state = Guarded(State())

  /// Returns a handle for an object.
  func open(_ object: any OpenObject) -> OpaquePointer? {
    state.withLock { state in
      // Multiples of 8, as addresses are.
      state.latest += 8
      state.entries[state.latest] = Entry(object: object)
      return OpaquePointer(bitPattern: state.latest)
    }
  }

  /// Forgets an object, which is released when nobody else uses it.
  ///
  /// - Throws: If it is not open, or a call uses it.
  func close<Object: OpenObject>(_ handle: OpaquePointer?, as type: Object.Type) throws {
    // The object is released outside of the lock.
    let object = try state.withLock { state in
      let object = try Self.find(handle, in: state, as: type)
      state.entries[Int(bitPattern: handle)] = nil
      return object
    }
    withExtendedLifetime(object) {}
  }

  /// Returns an object that several threads may use at once.
  func shared<Object: OpenObject>(_ handle: OpaquePointer?, as type: Object.Type) throws -> Object {
    try state.withLock { try Self.find(handle, in: $0, as: type) }
  }

  /// Calls `body` with an object that one thread may use at a time.
  func using<Object: OpenObject, Result>(
    _ handle: OpaquePointer?, as type: Object.Type, _ body: (Object) throws -> Result
  ) throws -> Result {
    let key = Int(bitPattern: handle)
    let object = try state.withLock { state in
      let object = try Self.find(handle, in: state, as: type)
      state.entries[key]?.isInUse = true
      return object
    }
    defer { state.withLock { $0.entries[key]?.isInUse = false } }
    return try body(object)
  }

  private static func find<Object: OpenObject>(
    _ handle: OpaquePointer?, in state: State, as type: Object.Type
  ) throws(InterfaceError) -> Object {
    guard handle != nil else { throw .argument("the \(type.name) is null") }
    guard let entry = state.entries[Int(bitPattern: handle)], let object = entry.object as? Object else {
      throw InterfaceError(
        status: VACC_BAD_HANDLE, description: "the handle is not that of an open \(type.name)")
    }
    guard !entry.isInUse else {
      throw InterfaceError(status: VACC_BUSY, description: "the \(type.name) is being used by another thread")
    }
    return object
  }
}
