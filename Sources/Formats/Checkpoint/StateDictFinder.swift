import Tensors

/// Finds the dictionaries of tensors in a pickle: at its top level, under any keys, in lists, and in whole modules.
///
/// Each container is visited once, by the first path that leads to it, so that cycles and shared parts are harmless.
struct StateDictFinder {
  /// The largest nesting depth of dictionaries and lists.
  private static let depthLimit = 12
  private static let containerLimit = 100_000
  private static let otherLimit = 1000
  /// The largest length of names and keys; longer ones are not parameters'.
  private static let nameLimit = 512

  private let objects: PickledObjects
  private let path: String
  private var visited: Set<[Int]> = []
  private var entryCount = 0
  /// The dictionaries with tensors, outermost first.
  private(set) var stateDicts: [StateDict] = []
  /// The keys of the outermost dictionary.
  private(set) var topKeys: [String] = []
  /// The number of tensors under keys that are numbers, as in an optimizer's state, and the name of the first one.
  private(set) var numbered: (count: Int, first: String?) = (0, nil)

  /// Searches the whole contents of the pickle.
  ///
  /// - Throws: `FormatError` if there are more tensors than any checkpoint has.
  init(_ objects: PickledObjects, path: String) throws(FormatError) {
    self.objects = objects
    self.path = path
    if case .dictionary(let root) = objects.root { topKeys = objects.dictionaries[root].keys.map(\.keyText) }
    // Breadth first, so that a dictionary that is in two places has the shorter key.
    var queue: [(value: PickleValue, key: String, isNumbered: Bool, depth: Int)] = [(objects.root, "", false, 0)]
    var next = 0
    while next < queue.count {
      let item = queue[next]
      next += 1
      guard item.depth < Self.depthLimit else { continue }
      func add(_ value: PickleValue, _ key: String, isNumber: Bool = false) {
        guard value.isContainer, queue.count < Self.containerLimit,
          item.key.utf8.count + key.utf8.count <= Self.nameLimit
        else { return }
        queue.append(
          (value, item.key.isEmpty ? key : "\(item.key).\(key)", item.isNumbered || isNumber, item.depth + 1))
      }
      switch item.value {
      case .dictionary(let index):
        guard visited.insert([0, index]).inserted else { continue }
        try collect(objects.dictionaries[index], key: item.key, isNumbered: item.isNumbered)
        for (key, value) in zip(objects.dictionaries[index].keys, objects.dictionaries[index].values) {
          if case .string(let text) = key { add(value, text) } else { add(value, key.keyText, isNumber: true) }
        }
      case .list(let index) where visited.insert([1, index]).inserted:
        for (position, value) in objects.lists[index].prefix(Self.nameLimit).enumerated() { add(value, "\(position)") }
      case .tuple(let index) where visited.insert([2, index]).inserted:
        for (position, value) in objects.tuples[index].prefix(Self.nameLimit).enumerated() { add(value, "\(position)") }
      case .object(let index) where visited.insert([3, index]).inserted:
        if let module = try module(index) {
          append(module.entries, module.others, key: item.key, isNumbered: item.isNumbered)
        } else {
          let object = objects.objects[index]
          let states = object.items.map { [.dictionary($0), object.state] } ?? [object.state]
          for state in states where state.isContainer {
            queue.append((state, item.key, item.isNumbered, item.depth + 1))
          }
        }
      default: continue
      }
    }
  }

  private mutating func collect(
    _ dictionary: PickleDictionary, key: String, isNumbered: Bool
  ) throws(FormatError) {
    var entries: [StateDict.Entry] = []
    var others: [StateDict.Other] = []
    for (name, value) in zip(dictionary.keys, dictionary.values) {
      guard case .string(let name) = name else { continue }
      if case .tensor(let index) = value {
        if let entry = try entry(index, name) { entries.append(entry) }
      } else if others.count < Self.otherLimit {
        others.append(StateDict.Other(name: name, kind: objects.description(of: value)))
      }
    }
    append(entries, others, key: key, isNumbered: isNumbered)
  }

  private mutating func append(
    _ entries: [StateDict.Entry], _ others: [StateDict.Other], key: String, isNumbered: Bool
  ) {
    guard let first = entries.first else { return }
    if isNumbered {
      numbered = (numbered.count + entries.count, numbered.first ?? "\(key).\(first.name)")
    } else {
      stateDicts.append(StateDict(key: key, entries: entries, others: others))
    }
  }

  private mutating func entry(_ index: Int, _ name: String) throws(FormatError) -> StateDict.Entry? {
    guard name.utf8.count <= Self.nameLimit, let shape = objects.integers(ofTuple: objects.tensors[index].shape)
    else { return nil }
    entryCount += 1
    guard entryCount <= Self.containerLimit else {
      throw FormatError(path: path, "the file has more than \(Self.containerLimit) tensors")
    }
    return StateDict.Entry(
      name: name, shape: shape, elementType: objects.tensors[index].elementType, index: index)
  }
}

// MARK: - Whole modules

extension StateDictFinder {
  /// Returns the parameters and buffers of a module that was saved as a whole, by their paths; nil if the object is not
  /// a module.
  private mutating func module(
    _ root: Int
  ) throws(FormatError) -> (entries: [StateDict.Entry], others: [StateDict.Other])? {
    guard attributes(of: root)?["_modules"] != nil else { return nil }
    var entries: [StateDict.Entry] = []
    var seen: Set<Int> = []
    var stack = [(root, "")]
    while let (object, prefix) = stack.popLast() {
      guard seen.insert(object).inserted, let attributes = attributes(of: object) else { continue }
      visited.insert([3, object])
      for part in ["_parameters", "_buffers"] {
        for (name, value) in items(attributes[part]) {
          guard case .tensor(let index) = value, let entry = try entry(index, prefix + name) else { continue }
          entries.append(entry)
        }
      }
      for (name, value) in items(attributes["_modules"]).reversed() {
        guard case .object(let child) = value, prefix.utf8.count + name.utf8.count < Self.nameLimit else { continue }
        stack.append((child, "\(prefix)\(name)."))
      }
    }
    return (entries, [])
  }

  private func attributes(of object: Int) -> PickleDictionary? {
    guard case .dictionary(let index) = objects.objects[object].state else { return nil }
    return objects.dictionaries[index]
  }

  private func items(_ value: PickleValue?) -> [(String, PickleValue)] {
    guard case .dictionary(let index)? = value else { return [] }
    return zip(objects.dictionaries[index].keys, objects.dictionaries[index].values).compactMap { key, value in
      if case .string(let name) = key { (name, value) } else { nil }
    }
  }
}

extension PickleValue {
  /// A dictionary's key as text.
  var keyText: String {
    switch self {
    case .string(let text): text
    case .integer(let value): "\(value)"
    default: kind
    }
  }

  /// Whether it may contain tensors.
  fileprivate var isContainer: Bool {
    switch self {
    case .dictionary, .list, .tuple, .object: true
    default: false
    }
  }
}
