import Tensors
import Testing

@testable import Formats

/// Dictionaries of tensors are found wherever they are, in bounded time.
@Suite struct StateDictFinderTests {
  private let tensor = PickleProgram.tensor(storage: PickleProgram.storage(count: 4), shape: [4], strides: [1])

  private func finder(_ program: [UInt8]) throws -> StateDictFinder {
    try StateDictFinder(Unpickler.objects(in: program + [0x2E], path: "f"), path: "f")
  }

  /// `{key: value, …}`.
  private func dictionary(_ entries: [([UInt8], [UInt8])]) -> [UInt8] {
    [0x7D, 0x28] + entries.flatMap { $0.0 + $0.1 } + [0x75]
  }

  private func string(_ text: String) -> [UInt8] { PickleProgram.string(text) }

  @Test func keysOfNestedDictionariesAreJoined() throws {
    let inner = dictionary([(string("w"), tensor), (string("note"), string("x"))])
    let found = try finder(
      dictionary([(string("a"), dictionary([(string("b"), inner)])), (string("epoch"), [0x4B, 3])]))
    #expect(found.stateDicts.map(\.key) == ["a.b"])
    #expect(found.stateDicts.first?.entries.map(\.name) == ["w"])
    #expect(found.stateDicts.first?.others == [.init(name: "note", kind: "a str")])
    #expect(found.topKeys == ["a", "epoch"])
  }

  @Test func tensorsUnderNumbersAreCounted() throws {
    let state = dictionary([([0x4B, 0], dictionary([(string("m"), tensor)]))])
    let found = try finder(dictionary([(string("w"), tensor), (string("optimizer"), state)]))
    #expect(found.stateDicts.map(\.key) == [""])
    #expect(found.numbered == (1, "optimizer.0.m"))
  }

  @Test func aDictionaryInTwoPlacesIsFoundOnce() throws {
    // {"deep": {"x": d}, "top": d} with d remembered.
    let shared = dictionary([(string("w"), tensor)]) + [0x71, 1]
    let found = try finder(
      dictionary([(string("deep"), dictionary([(string("x"), shared)])), (string("top"), [0x68, 1])]))
    #expect(found.stateDicts.map(\.key) == ["top"])
  }

  @Test func containersThatHoldThemselvesEnd() throws {
    // d = {"w": tensor}; d["self"] = d; l = [d, l]; d["list"] = l
    let cycle =
      dictionary([(string("w"), tensor)]) + [0x71, 0] + string("self") + [0x68, 0, 0x73] + string("list")
      + [0x5D, 0x71, 1, 0x28, 0x68, 0, 0x68, 1, 0x65, 0x73]
    #expect(try finder(cycle).stateDicts.map(\.key) == [""])
  }

  /// Twenty levels in which each dictionary holds the next one a thousand times: 10⁶⁰ ways.
  @Test func manyWaysToOnePlaceEnd() throws {
    var program = dictionary([(string("w"), tensor)]) + [0x71, 0]
    for level in 1..<20 {
      program = program + [0x30] + dictionary((0..<1000).map { (string("k\($0)"), [0x68, UInt8(level - 1)]) })
      program += [0x71, UInt8(level)]
    }
    // Beyond the depth that is looked at.
    #expect(try finder(program).stateDicts.isEmpty)
  }

  @Test func aModuleThatWasSavedAsAWholeIsItsParameters() throws {
    func module(_ parts: [(String, [UInt8])]) -> [UInt8] {
      PickleProgram.global("mine", "Net") + [0x29, 0x81] + dictionary(parts.map { (string($0.0), $0.1) }) + [0x62]
    }
    let layer = module([
      ("_parameters", dictionary([(string("weight"), tensor), (string("bias"), [0x4E])])),
      ("_buffers", dictionary([(string("mean"), tensor)])), ("_modules", dictionary([])),
    ])
    let net = module([
      ("_parameters", dictionary([(string("scale"), tensor)])), ("_buffers", dictionary([])),
      ("_modules", dictionary([(string("layer"), layer)])),
    ])
    let found = try finder(dictionary([(string("model"), net)]))
    #expect(found.stateDicts.map(\.key) == ["model"])
    #expect(found.stateDicts.first?.entries.map(\.name) == ["scale", "layer.weight", "layer.mean"])
  }

  @Test func namesBeyondAllMeasureAreLeftOut() throws {
    let long = String(repeating: "x", count: 2000)
    let found = try finder(dictionary([(string(long), tensor), (string("w"), tensor)]))
    #expect(found.stateDicts.first?.entries.map(\.name) == ["w"])
  }
}
