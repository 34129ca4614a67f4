import Tensors

/// Tensors of a checkpoint that could be a model's weights: a state dict, and the common prefix of their names in it.
struct WeightsCandidate {
  /// The keys that lead to the weights, joined by dots, as in `state_dict.model`; `.` for a file of nothing else.
  let key: String
  let naming: any ParameterNaming
  /// The sources of the model's parameters that exist in the right shape.
  private(set) var sources: [String: TensorSource] = [:]
  private var additional: [String: TensorSource] = [:]
  /// The differences.
  private(set) var mismatch: StateDictMismatch
  /// The tensors of the same state dict that the model does not need.
  private(set) var ignored: [String] = []

  var fits: Bool { mismatch.isEmpty }

  /// Compares a part of a state dict with what a model expects.
  ///
  /// Tensors outside of the network are ignored: other modules (`criterion.weight`), counters. Unknown tensors in one
  /// of the network's modules (a normalization that the model lacks, more blocks) are an error: the network would
  /// compute something else without them.
  init(
    path: String, stateDict: StateDict, parameters: [(name: String, source: TensorSource)], prefix: String,
    naming: any ParameterNaming, expected: [ExpectedTensor]
  ) {
    let trimmed = prefix.hasSuffix(".") ? String(prefix.dropLast()) : prefix
    let keys = [stateDict.key, trimmed].filter { !$0.isEmpty }
    key = keys.isEmpty ? "." : keys.joined(separator: ".")
    self.naming = naming
    mismatch = StateDictMismatch(path: path)

    var named: [String: TensorSource] = [:]
    var unknown: [(name: String, source: TensorSource)] = []
    let expectedNames = Set(expected.map(\.name))
    var modules: Set<Substring> = []
    for (name, source) in parameters {
      guard name.hasPrefix(prefix) else {
        ignored.append(name)
        continue
      }
      let inner = String(name.dropFirst(prefix.count))
      if let translated = naming.translated(inner), named[translated] == nil {
        named[translated] = source
        if expectedNames.contains(translated) { modules.insert(inner.prefix { $0 != "." }) }
      } else {
        unknown.append((inner, source))
      }
    }

    let additional = naming.additional(to: expected, in: Set(named.keys))
    check(expected + additional, in: named, others: stateDict.others, prefix: prefix)
    for tensor in additional { self.additional[tensor.name] = sources.removeValue(forKey: tensor.name) }

    let known = expectedNames.union(additional.map(\.name))
    for (name, source) in parameters where name.hasPrefix(prefix) {
      let inner = String(name.dropFirst(prefix.count))
      if let translated = naming.translated(inner), known.contains(translated) { continue }
      if Self.isCounter(inner, source) { continue }
      if modules.contains(inner.prefix { $0 != "." }) {
        mismatch.unexpected.append(inner)
      } else {
        ignored.append(name)
      }
    }
    ignored.removeAll { Self.isStepCounter($0) }
    mismatch.complete(
      expected: expected, key: key, names: parameters.map(\.name), matched: sources.count, ignored: ignored.count)
  }

  private mutating func check(
    _ expected: [ExpectedTensor], in named: [String: TensorSource], others: [StateDict.Other], prefix: String
  ) {
    for parameter in expected {
      let isStepCounter = Self.isStepCounter(parameter.name)
      guard let source = named[parameter.name] else {
        if parameter.isOptional || isStepCounter { continue }
        if let other = others.first(where: { $0.name == prefix + parameter.name }) {
          mismatch.notTensors.append(.init(name: parameter.name, kind: other.kind))
        } else {
          mismatch.missing.append(parameter.name)
        }
        continue
      }
      if source.shape != parameter.shape {
        mismatch.misshapen.append(.init(name: parameter.name, found: source.shape, expected: parameter.shape))
      } else if !source.main.elementType.isFloatingPoint, !isStepCounter {
        mismatch.mistyped.append(.init(name: parameter.name, found: source.main.elementType))
      } else {
        sources[parameter.name] = source
      }
    }
  }

  /// Returns the weights in float32, each in the expected shape.
  ///
  /// - Throws: `FormatError` if elements are damaged or missing.
  func weights(_ reader: inout TensorReader) throws(FormatError) -> [String: Tensor] {
    var weights: [String: Tensor] = [:]
    for (name, source) in sources { weights[name] = try source.tensor(&reader).converted(to: .float32) }
    guard !additional.isEmpty else { return weights }
    var others: [String: Tensor] = [:]
    for (name, source) in additional { others[name] = try source.tensor(&reader).converted(to: .float32) }
    naming.absorb(others, into: &weights)
    return weights
  }

  static func isStepCounter(_ name: String) -> Bool {
    name == "num_batches_tracked" || name.hasSuffix(".num_batches_tracked")
  }

  /// Returns whether it is a counter or the like, which tools leave in a network's modules and which changes no result.
  private static func isCounter(_ name: String, _ source: TensorSource) -> Bool {
    let isSingleInteger = !source.main.elementType.isFloatingPoint && source.shape.allSatisfy { $0 == 1 }
    return isSingleInteger || name.hasSuffix("total_ops") || name.hasSuffix("total_params")
  }
}

extension Checkpoint {
  /// Returns what could be a model's weights in the file: every part of a state dict in which some names are the
  /// model's, those with the most first.
  func candidates(
    for expected: [ExpectedTensor], namings: [any ParameterNaming]
  ) -> [WeightsCandidate] {
    let names = Set(expected.map(\.name))
    let depth = expected.map { $0.name.count { $0 == "." } }.max() ?? 0
    var candidates: [WeightsCandidate] = []
    for stateDict in stateDicts {
      let parameters = stateDict.parameters()
      for naming in namings {
        for prefix in Self.prefixes(of: parameters.map(\.name), naming: naming, expected: names, depth: depth + 2) {
          candidates.append(
            WeightsCandidate(
              path: path, stateDict: stateDict, parameters: parameters, prefix: prefix, naming: naming,
              expected: expected))
        }
      }
    }
    // Stable: the first one in the file is the better one of two.
    return candidates.enumerated().sorted {
      ($1.element.mismatch.matched, $0.offset) < ($0.element.mismatch.matched, $1.offset)
    }.map(\.element)
  }

  /// Returns the most frequent prefixes of names whose rest is a name of the model.
  private static func prefixes(
    of names: [String], naming: any ParameterNaming, expected: Set<String>, depth: Int
  ) -> [String] {
    var counts: [Substring: Int] = [:]
    var order: [Substring] = []
    for name in names {
      let starts = [name.startIndex] + name.indices.filter { name[$0] == "." }.map { name.index(after: $0) }
      // No name of the model has more parts.
      for start in starts.suffix(depth) {
        guard let translated = naming.translated(String(name[start...])), expected.contains(translated) else {
          continue
        }
        let prefix = name[..<start]
        if counts[prefix] == nil { order.append(prefix) }
        counts[prefix, default: 0] += 1
      }
    }
    let most = counts.values.max() ?? 0
    return order.filter { (counts[$0] ?? 0) * 2 >= most }.prefix(16).map(String.init)
  }
}
