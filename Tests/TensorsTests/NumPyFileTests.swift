import Tensors
import TestSupport
import Testing

@Suite struct NumPyFileTests {
  private static let expected = (try? JSON(contentsOf: fixture("arrays/expected.json"))) ?? .null
  private static var names: [String] {
    guard case .object(let object) = expected else { return [] }
    return object.keys
  }

  @Test func theFixturesAreThere() { #expect(Self.names.count == 28) }

  @Test("arrays written by NumPy read as NumPy has them", arguments: names)
  func readsNumPysFiles(name: String) throws {
    let expected = try Self.expected.required(name)
    let array = try NumPyFile.read(fixture("arrays/\(name)"))
    #expect(try expected.required("dtype").string() == array.elementType.rawValue)
    #expect(try expected.required("shape").ints() == array.shape)
    #expect(try expected.required("values").doubles() == array.converted(to: .float64).elements(as: Double.self))
  }

  @Test(
    "what is no plain array is refused with the reason",
    arguments: [
      ("refused_objects.npy", "Python objects"), ("refused_text.npy", "element type \"<U1\""),
      ("refused_records.npy", "records"), ("refused_archive.npz", "numpy.save"), ("expected.json", "not a NumPy"),
    ])
  func refuses(name: String, reason: String) {
    let error = thrown(FormatError.self) { try NumPyFile.read(fixture("arrays/\(name)")) }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }

  static let numPyTypes = ElementType.allCases.filter { $0 != .bfloat16 }

  @Test("a written array reads back the same", arguments: numPyTypes)
  func roundTrips(type: ElementType) throws {
    for shape in [[], [3], [0, 2], [2, 1, 3]] {
      let count = shape.reduce(1, *)
      let tensor = Tensor((0..<count).map { Double($0 % 2) }, shape: shape).converted(to: type)
      try withTemporaryFile { path in
        try NumPyFile.write(tensor, to: path)
        #expect(try NumPyFile.read(path) == tensor)
      }
    }
  }

  @Test func bfloat16IsWrittenAsTheSameValuesInFloat32() throws {
    let values = Tensor([1, -2.5, 3e38] as [Float], shape: [3]).converted(to: .bfloat16)
    try withTemporaryFile { path in
      try NumPyFile.write(values, to: path)
      #expect(try NumPyFile.read(path) == values.converted(to: .float32))
    }
  }

  @Test func writesTheSameBytesAsNumPy() throws {
    let path = fixture("arrays/little_f4.npy")
    let tensor = try NumPyFile.read(path)
    try withTemporaryFile { copy in
      try NumPyFile.write(tensor, to: copy)
      #expect(try contents(copy) == contents(path))
    }
  }

  @Test(
    "malformed headers are refused",
    arguments: [
      "", "{}", "{'descr': '<f4', 'fortran_order': False}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}",
      "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4611686018427387904)}",
      "{'descr': '<f4', 'fortran_order': True, 'shape': (99999999999999999999,)}",
      "{'descr': '<f4', 'fortran_order': True, 'shape': (1000000000000, 0, 1000000000000, 1000000000000)}",
      "{'descr': '|f4', 'fortran_order': False, 'shape': (2,)}", "{'descr': '=f4', 'fortran_order': 0, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x", "{'descr", "{'descr': '<f4' 'shape'}",
    ])
  func refusesHeader(header: String) throws {
    let bytes =
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + [
        0, 0, 0, 0, 0, 0, 0, 0,
      ]
    try withFile(bytes) { path in _ = #expect(throws: FormatError.self) { try NumPyFile.read(path) } }
  }

  @Test func everyTruncationIsRefused() throws {
    let whole = try contents(fixture("arrays/little_f4.npy"))
    for count in whole.indices {
      let file = try MappedFile(path: "file", copying: Array(whole[..<count]))
      #expect(throws: FormatError.self, "cut off at \(count)") { try NumPyFile.read(file) }
    }
  }

  @Test("a mutated file loads or is refused", arguments: ["big_i4_fortran.npy", "fortran_4d.npy", "vector_v2.npy"])
  func survivesMutations(name: String) throws {
    let whole = try contents(fixture("arrays/\(name)"))
    var generator = SeededGenerator(seed: 4)
    var refused = 0
    for _ in 0..<5000 {
      let file = try MappedFile(path: "file", copying: whole.mutated(using: &generator))
      do { _ = try NumPyFile.read(file) } catch { refused += 1 }
    }
    #expect(refused > 500)
  }

  @Test func booleansOtherThanZeroAndOneAreRefused() throws {
    var bytes = try contents(fixture("arrays/little_b1.npy"))
    bytes[bytes.count - 1] = 2
    try withFile(bytes) { path in _ = #expect(throws: FormatError.self) { try NumPyFile.read(path) } }
  }
}
