import Tensors
import TestSupport
import Testing

@testable import Formats

@Suite struct UnpicklerTests {
  @Test(
    "values come out as Python's",
    arguments: [
      ("N.", .none), ("\u{88}.", .bool(true)), ("K\u{7}.", .integer(7)), ("M\u{1}\u{2}.", .integer(513)),
      ("J\u{FE}\u{FF}\u{FF}\u{FF}.", .integer(-2)), ("\u{8A}\u{0}.", .integer(0)), ("\u{8A}\u{1}\u{FF}.", .integer(-1)),
      ("\u{8A}\u{2}\u{0}\u{80}.", .integer(-32768)), ("\u{8A}\u{9}123456789.", .opaque),
      ("G\u{3F}\u{F8}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}.", .float(1.5)), ("X\u{2}\u{0}\u{0}\u{0}ab.", .string("ab")),
      ("\u{8C}\u{1}a.", .string("a")), ("U\u{1}a.", .string("a")),
      ("T\u{1}\u{0}\u{0}\u{0}a.", .string("a")), ("\u{96}\u{1}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}a.", .opaque),
      ("C\u{1}a.", .opaque), ("].", .list(0)), ("](NNe.", .list(0)),
      ("\u{8F}(N\u{90}.", .set),
      ("(N\u{91}.", .set), ("NN0.", .none), ("(NN1N.", .none), ("N2\u{86}.", .tuple(0)), (").", .tuple(0)),
      ("]q\u{0}0h\u{0}.", .list(0)), ("]\u{94}0h\u{0}.", .list(0)),
      ("\u{8C}\u{5}torch\u{8C}\u{4}Size\u{93}.", .global(.size)),
      ("ctorch\nfloat16\n.", .global(.elementType(.float16))),
      ("ca\nB\n.", .unknownGlobal(0)), ("ca\nB\n)\u{81}.", .object(0)), ("ca\nB\n)}\u{92}.", .object(0)),
      ("(ca\nB\nNo.", .object(0)), ("ca\nB\n)R)R.", .object(1)), ("ca\nB\n)R}b.", .object(0)),
      ("c_codecs\nencode\n\u{8C}\u{1}a\u{8C}\u{6}latin1\u{86}R.", .opaque),
    ] as [(String, PickleValue)])
  func reads(program: String, expected: PickleValue) throws {
    #expect(try Unpickler.objects(in: bytes(program), path: "f").root == expected)
  }

  @Test func dictionariesKeepOrderAndTheLastValueOfAKey() throws {
    let objects = try Unpickler.objects(
      in: bytes("}(\u{8C}\u{1}aK\u{1}\u{8C}\u{1}bK\u{2}\u{8C}\u{1}aK\u{3}K\u{5}Nu."), path: "f")
    let dictionary = try #require(objects.dictionaries.first)
    #expect(dictionary.keys == [.string("a"), .string("b"), .integer(5)])
    #expect(dictionary.values == [.integer(3), .integer(2), .none])
    #expect(dictionary["a"] == .integer(3))
  }

  @Test func listsAndItemsOfUnknownObjectsAreKept() throws {
    let objects = try Unpickler.objects(in: bytes("ca\nB\n)\u{81}(\u{8C}\u{1}x](K\u{1}K\u{2}eu."), path: "f")
    #expect(objects.globalNames == ["a.B"])
    let items = try #require(objects.objects.first?.items)
    #expect(objects.dictionaries[items]["x"] == .list(0))
    #expect(objects.lists == [[.integer(1), .integer(2)]])
  }

  /// Python 2 writes an OrderedDict as a call with pairs, and text as bytes.
  @Test func anOrderedDictOfPython2IsADictionary() throws {
    let objects = try Unpickler.objects(
      in: bytes("ccollections\nOrderedDict\n]](U\u{1}aK\u{1}ea](U\u{1}bK\u{2}ea\u{85}R."), path: "f")
    guard case .dictionary(let index) = objects.root else { return #expect(Bool(false), "\(objects.root)") }
    #expect(objects.dictionaries[index].keys == [.string("a"), .string("b")])
    #expect(objects.dictionaries[index].values == [.integer(1), .integer(2)])
  }

  @Test(
    "containers that hold themselves are harmless",
    arguments: [
      "]q\u{0}h\u{0}a.", "}q\u{0}\u{8C}\u{1}ah\u{0}s.", "](h\u{0}", "]q\u{0}h\u{0}\u{85}q\u{1}h\u{0}h\u{1}a.",
    ])
  func readsCycles(program: String) {
    do { _ = try Unpickler.objects(in: bytes(program), path: "f") } catch { #expect(error is any UserFacingError) }
  }

  @Test(
    "malformed programs are refused",
    arguments: [
      "", ".", "0.", "N", "(.", "t.", "(0.", "K", "X\u{FF}\u{FF}\u{FF}\u{FF}a.",
      "\u{8D}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}.",
      "\u{8B}\u{FF}\u{FF}\u{FF}\u{7F}.", "h\u{0}.", "j\u{0}\u{0}\u{0}\u{0}.", "Na.", "N(e.", "}Ns.", "}(Nu.", "NNR.",
      "ctorch\nSize\nNR.", "ctorch\nSize\n)R.", "ctorch\nFloatStorage\n)R.", "ccollections\nOrderedDict\nN\u{85}R.",
      "N}b.", "(o.", "(No.", "ca\nB\n}R.", "ca\nB\n)N\u{92}.", "ccollections\nOrderedDict\n]Na\u{85}R.",
      "NQ.", "(NNNNNtQ.", "\u{80}\u{1}N.", "\u{80}\u{6}N.", "ctorch", "ctorch\nSize", "\u{93}.", "NN\u{93}.", "I1\n.",
      "i", "d", "l", "\u{82}\u{1}.",
      "ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._tensor\n_rebuild_from_type_v2\nctorch\nTensor\n)}tR.",
    ])
  func refuses(program: String) {
    #expect(throws: FormatError.self) { try Unpickler.objects(in: bytes(program), path: "f") }
  }

  @Test(
    "functions that reach for the machine are refused by their names",
    arguments: [
      ("posix", "system"), ("os", "system"), ("os.path", "join"), ("builtins", "eval"), ("__builtin__", "getattr"),
      ("torch", "load"), ("torch", "float32.__class__"), ("torch._utils", "_rebuild_tensor_v2.__globals__"),
      ("subprocess", "Popen"), ("nt", "system"), ("operator", "methodcaller"), ("runpy", "run_path"),
    ])
  func refusesGlobal(module: String, name: String) {
    for program in ["c\(module)\n\(name)\n.", nil] {
      let program = program.map(bytes) ?? PickleProgram.string(module) + PickleProgram.string(name) + [0x93, 0x2E]
      let error = #expect(throws: CheckpointError.self) { try Unpickler.objects(in: program, path: "f", start: 10) }
      guard case .forbiddenGlobal("f", _, let found)? = error else {
        return #expect(Bool(false), "\(String(describing: error))")
      }
      #expect(found == "\(module).\(name)")
    }
  }

  @Test("programs that pile up objects without end are refused", arguments: ["N", "(", "}0", ")0", "N\u{94}0"])
  func refusesPiles(step: String) {
    let step = bytes(step)
    let program = [UInt8](repeatElement(step, count: Unpickler.objectLimit + 2).joined()) + bytes("N.")
    #expect(throws: FormatError.self) { try Unpickler.objects(in: program, path: "f") }
  }

  @Test func deepNestingIsHarmless() throws {
    let program = bytes(")") + [UInt8](repeating: 0x85, count: 900_000) + bytes(".")
    #expect(try Unpickler.objects(in: program, path: "f").tuples.count == 900_001)
  }

  /// Every character of `program` is one byte.
  private func bytes(_ program: String) -> [UInt8] { program.unicodeScalars.map { UInt8($0.value) } }
}
