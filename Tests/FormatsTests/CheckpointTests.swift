import Formats
import Tensors
import TestSupport
import Testing

@Suite struct CheckpointTests {
  private static let expected = (try? JSON(contentsOf: fixture("checkpoints/expected.json"))) ?? .null
  private static var names: [String] {
    guard case .object(let object) = expected else { return [] }
    return object.keys
  }

  @Test func theFixturesAreThere() { #expect(Self.names.count == 21) }

  @Test("checkpoints of torch.save load as PyTorch has them", arguments: names)
  func loads(name: String) throws {
    let expected = try Self.expected.required(name)
    let checkpoint = try Checkpoint.load(fixture("checkpoints/\(name)"))
    #expect(checkpoint.format.rawValue == (try expected.required("format").string()))
    let dictionaries = try expected.required("state_dicts").elements()
    #expect(checkpoint.stateDicts.map(\.key) == (try dictionaries.map { try $0.required("key").string() }))
    for (stateDict, expected) in zip(checkpoint.stateDicts, dictionaries) {
      let tensors = try checkpoint.tensors(of: stateDict)
      let all = try expected.required("tensors").elements()
      #expect(tensors.names == (try all.map { try $0.required("name").string() }))
      for expected in all {
        let name = try expected.required("name").string()
        let tensor = try #require(tensors[name])
        #expect(tensor.elementType.rawValue == (try expected.required("dtype").string()), "\(name)")
        #expect(tensor.shape == (try expected.required("shape").ints()), "\(name)")
        let values = tensor.converted(to: .float64).elements(as: Double.self)
        #expect(values == (try expected.required("values").doubles()), "\(name)")
      }
    }
  }

  @Test func whatStandsBesideTheWeightsIsListed() throws {
    let checkpoint = try Checkpoint.load(fixture("checkpoints/model_state.pyth"))
    #expect(checkpoint.otherKeys.first == "epoch")
    #expect(checkpoint.otherKeys.last == "optimizer_state")
    #expect(checkpoint.otherKeys.count == 14)
    #expect(checkpoint.unnamedTensors == (1, "optimizer_state.state.0.momentum"))
  }

  @Test func objectsOfUnknownClassesArePassedOverAndNamed() throws {
    let lightning = try Checkpoint.load(fixture("checkpoints/lightning.ckpt"))
    for name in ["argparse.Namespace", "omegaconf_like.DictConfig", "numpy.dtype", "__main__.AttributeDict"] {
      #expect(lightning.skippedClasses.contains(name), "\(lightning.skippedClasses)")
    }
    let mixed = try #require(try Checkpoint.load(fixture("checkpoints/mixed.pt")).stateDicts.first)
    let kinds = Dictionary(uniqueKeysWithValues: mixed.others.map { ($0.name, $0.kind) })
    #expect(kinds["note"] == "a str")
    #expect(kinds["relu"] == "an object of \"torch.nn.modules.activation.ReLU\"")
    #expect(kinds["complex"] == "an object of \"torch.ComplexFloatStorage\"")
    #expect(kinds["sparse"] == "an object of \"torch._utils._rebuild_sparse_tensor\"")
    #expect(kinds.count == 6)
  }

  @Test func contiguousTensorsAreViewsOnTheFile() throws {
    let checkpoint = try Checkpoint.load(fixture("checkpoints/layouts.pt"))
    let tensors = try checkpoint.tensors(of: checkpoint.stateDicts[0])
    let whole = try #require(tensors["whole"])
    let same = try #require(tensors["same"])
    let offset = try #require(tensors["offset"])
    func address(_ tensor: Tensor) -> UnsafeRawPointer? { tensor.withUnsafeBytes { $0.baseAddress } }
    #expect(address(whole) == address(same))
    #expect(address(offset) == address(whole)?.advanced(by: 5 * 4))
  }

  @Test func safetensorsLoadWhateverTheFileIsCalled() throws {
    let tensor = Tensor([1, 2] as [Float], shape: [2])
    try withTemporaryFile("weights.pyth") { path in
      try SafetensorsFile.write(["module.w": tensor], metadata: ["format": "pt"], to: path)
      let checkpoint = try Checkpoint.load(path)
      #expect(checkpoint.format == .safetensors)
      #expect(checkpoint.metadata == ["format": "pt"])
      #expect(try checkpoint.tensors(of: checkpoint.stateDicts[0])["module.w"] == tensor)
      #expect(try checkpoint.weights(for: [ExpectedTensor(name: "w", shape: [2])]).weights == ["w": tensor])
    }
  }

  @Test(
    "what is no checkpoint of plain tensors is refused with the reason and the way out",
    arguments: [
      ("refused_torchscript.pt", ["TorchScript", "torch.jit.load"]),
      ("refused_os_system.pt", ["\"posix.system\"", "can run code"]), ("refused_eval.pt", ["\"__builtin__.eval\""]),
      ("refused_getattr.pt", ["\"__builtin__.getattr\""]), ("refused_lone_tensor.pt", ["a tensor", "state_dict()"]),
      ("refused_no_tensors.pt", ["\"epoch\", \"note\"", "state_dict()"]),
      ("refused_sparse.pt", ["_rebuild_sparse_tensor"]), ("refused_complex.pt", ["ComplexFloatStorage"]),
      ("refused_tar.pt", ["tar archive", "0.1.10"]), ("refused_other.zip", ["zip archive"]),
      ("expected.json", ["a text file"]),
    ])
  func refuses(name: String, reasons: [String]) throws {
    let path = fixture("checkpoints/\(name)")
    let error = #expect(throws: (any Error).self) { try Checkpoint.load(path) }
    let description = try #require(error as? any UserFacingError).description
    #expect(description.contains(path))
    for reason in reasons { #expect(description.contains(reason), "\(description)") }
  }

  @Test func aCompressedArchiveIsRefusedWithTheWayOut() throws {
    let error = #expect(throws: FormatError.self) {
      _ = try Checkpoint.load(fixture("checkpoints/refused_compressed.pt"))
    }
    #expect(error?.description.contains("zip -0") == true)
  }

  @Test(
    "foreign content is named",
    arguments: [
      ("", "empty"), ("hello\n", "a text file"), ("\n <!DOCTYPE html><html>", "an HTML page"),
      ("<html><body>404", "an HTML page"), ("version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
      ("\u{0}\u{1}\u{2}", "unknown format"), ("{\"a\": 1}", "a text file"),
      ("\u{1F}\u{8B}", "gzip"), ("BZh9", "bzip2"), ("\u{89}HDF\r\n", "HDF5"), ("GGUF\u{3}", "GGUF"),
    ])
  func namesForeignContent(content: String, reason: String) throws {
    try withFile(content.unicodeScalars.map { UInt8($0.value) }) { path in
      let error = #expect(throws: CheckpointError.self) { try Checkpoint.load(path) }
      #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }
  }

  @Test func foldersAndMissingFilesAreRefused() {
    #expect(throws: FileError.self) { try Checkpoint.load(fixture("checkpoints")) }
    #expect(throws: FileError.self) { try Checkpoint.load(fixture("checkpoints/none.pt")) }
  }
}
