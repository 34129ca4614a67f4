import Tensors
import TestSupport
import Testing

@Suite struct SafetensorsFileTests {
  /// A file with the given header and data.
  private func file(_ header: String, data: [UInt8] = []) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) } + Array(header.utf8) + data
  }

  @Test func tensorsAndMetadataReadBackTheSame() throws {
    var tensors = NamedTensors()
    for type in ElementType.allCases {
      tensors["t.\(type)"] = Tensor([0, 1, 1, 0, 1, 1] as [Float], shape: [2, 3]).converted(to: type)
    }
    tensors["scalar"] = Tensor([2.5] as [Float], shape: [])
    tensors["empty"] = Tensor(zeros: [2, 0])
    let metadata = ["format": "pt", "graph": "{\"a\": \"\\n\"}"]
    try withTemporaryFile { path in
      try SafetensorsFile.write(tensors, metadata: metadata, to: path)
      let file = try SafetensorsFile(path: path)
      #expect(file.metadata == metadata)
      #expect(file.tensors.names.sorted() == tensors.names.sorted())
      for (name, tensor) in tensors { #expect(file.tensors[name] == tensor, "\(name)") }
    }
  }

  @Test func dataStartsOn64BytesAndTensorsAreSortedBySizeThenName() throws {
    let tensors: NamedTensors = [
      "byte": Tensor([1] as [UInt8], shape: [1]), "b": Tensor([1] as [Float], shape: [1]),
      "half": Tensor([1] as [Float16], shape: [1]), "a": Tensor([1] as [Float], shape: [1]),
      "double": Tensor([1] as [Double], shape: [1]),
    ]
    try withTemporaryFile { path in
      for extra in 0..<70 {
        try SafetensorsFile.write(tensors, metadata: ["k": String(repeating: "x", count: extra)], to: path)
        let bytes = try contents(path)
        let headerLength = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect((8 + headerLength) % 64 == 0)
        #expect(try SafetensorsFile(path: path).tensors.names == ["double", "a", "b", "half", "byte"])
      }
    }
  }

  @Test func theOrderOfTensorsDoesNotChangeTheBytes() throws {
    let entries: [(String, Tensor)] = (0..<20).map { ("t\($0)", Tensor([Float($0)], shape: [1])) }
    let metadata = Dictionary(uniqueKeysWithValues: (0..<20).map { ("k\($0)", "v") })
    try withTemporaryFile { path in
      try SafetensorsFile.write(NamedTensors(entries), metadata: metadata, to: path)
      let bytes = try contents(path)
      try SafetensorsFile.write(NamedTensors(entries.reversed()), metadata: metadata, to: path)
      #expect(try contents(path) == bytes)
      #expect(try SafetensorsFile.bytes(of: NamedTensors(entries), metadata: metadata) == bytes)
    }
  }

  @Test func unalignedTensorsAreAccepted() throws {
    let bytes = file(
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}} "#,
      data: [7, 0, 0, 0x80, 0x3F])
    try withFile(bytes) { path in
      let tensors = try SafetensorsFile(path: path).tensors
      #expect(tensors["a"]?.elements(as: UInt8.self) == [7])
      #expect(tensors["b"]?.elements(as: Float.self) == [1])
    }
  }

  @Test(
    "a damaged header is refused with the reason",
    arguments: [
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        "twice"
      ),
      (
        #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        "overlaps"
      ),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "gap"),
      (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "belong to no tensor"),
      (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#, "not a range"),
      (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, "does not hold exactly"),
      (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, "does not hold exactly"),
      (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#, "does not hold exactly"),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "not a range"),
      (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775807]}}"#, "not a range"),
      (#"{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}"#, "not supported"),
      (#"{"a":{"shape":[8],"data_offsets":[0,8]}}"#, "a.dtype"),
      (#"{"__metadata__":{"k":1}}"#, "__metadata__.k"), ("[1]", "must be an object"), ("{ ", "ends"),
    ])
  func refuses(header: String, reason: String) throws {
    try withFile(file(header, data: [UInt8](repeating: 0, count: 8))) { path in
      let error = thrown(FormatError.self) { try SafetensorsFile(path: path) }
      #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }
  }

  @Test("an implausible header length is refused", arguments: [0, 1, 1000, 100_000_001, Int.max, -1])
  func refusesHeaderLength(length: Int) throws {
    var bytes = file("{}", data: [])
    for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
    try withFile(bytes) { path in _ = #expect(throws: FormatError.self) { try SafetensorsFile(path: path) } }
  }

  @Test func aTensorCannotHaveTheMetadatasName() throws {
    try withTemporaryFile { path in
      #expect(throws: FormatError.self) { try SafetensorsFile.write(["__metadata__": Tensor(zeros: [1])], to: path) }
      #expect(throws: FileError.self) { try SafetensorsFile(path: path) }
    }
  }
}
