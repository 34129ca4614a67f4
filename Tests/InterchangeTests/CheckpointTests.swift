import Interchange
import Tensors
import TestSupport
import Testing

@Suite struct CheckpointTests {
  private static let expected = (try? JSON(contentsOf: fixture("checkpoints/expected.json"))) ?? .null
  private static var names: [String] {
    guard case .object(let object) = expected else { return [] }
    return object.keys
  }

  @Test func theFixturesAreThere() { #expect(Self.names.count == 10) }

  @Test("checkpoints of torch.save load as PyTorch has them", arguments: names)
  func loads(name: String) throws {
    let expected = try Self.expected.required(name)
    let checkpoint = try Checkpoint.load(fixture("checkpoints/\(name)"))
    #expect(checkpoint.form.rawValue == (try expected.required("form").string()))
    #expect(checkpoint.strippedPrefix == (try expected.optional("stripped_prefix")?.string()))
    let tensors = try expected.required("tensors").elements()
    #expect(checkpoint.tensors.names == (try tensors.map { try $0.required("name").string() }))
    for expected in tensors {
      let name = try expected.required("name").string()
      let tensor = try #require(checkpoint.tensors[name])
      #expect(tensor.elementType.rawValue == (try expected.required("dtype").string()), "\(name)")
      #expect(tensor.shape == (try expected.required("shape").ints()), "\(name)")
      let values = tensor.converted(to: .float64).elements(as: Double.self)
      #expect(values == (try expected.required("values").doubles()), "\(name)")
    }
  }

  @Test func whatStandsBesideTheWeightsIsListed() throws {
    let checkpoint = try Checkpoint.load(fixture("checkpoints/model_state.pyth"))
    #expect(checkpoint.ignoredKeys.first == "epoch")
    #expect(checkpoint.ignoredKeys.last == "optimizer_state")
    #expect(checkpoint.ignoredKeys.count == 14)
  }

  @Test func contiguousTensorsAreViewsOnTheFile() throws {
    let tensors = try Checkpoint.load(fixture("checkpoints/layouts.pt")).tensors
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
      #expect(checkpoint.form == .safetensors)
      #expect(checkpoint.metadata == ["format": "pt"])
      #expect(checkpoint.strippedPrefix == "module.")
      #expect(checkpoint.tensors["w"] == tensor)
    }
  }

  @Test(
    "what is no checkpoint of plain tensors is refused with the reason and the way out",
    arguments: [
      ("refused_torchscript.pt", ["TorchScript", "torch.jit.load"]),
      ("refused_legacy.pt", ["1.6", "torch.save it again"]),
      ("refused_os_system.pt", ["\"posix.system\"", "state_dict()"]), ("refused_eval.pt", ["\"__builtin__.eval\""]),
      ("refused_getattr.pt", ["\"__builtin__.getattr\""]),
      ("refused_module.pt", ["\"torch.nn.modules.activation.ReLU\"", "state_dict()"]),
      ("refused_lone_tensor.pt", ["a tensor"]), ("refused_other_key.pt", ["\"model\""]),
      ("refused_not_a_tensor.pt", ["\"note\"", "a str"]), ("refused_sparse.pt", ["_rebuild_sparse_tensor"]),
      ("refused_complex.pt", ["ComplexFloatStorage"]), ("refused_compressed.pt", ["compressed", "zip -0"]),
      ("refused_other.zip", ["zip archive"]), ("expected.json", ["a text file"]),
    ])
  func refuses(name: String, reasons: [String]) throws {
    let path = fixture("checkpoints/\(name)")
    let error = #expect(throws: (any Error).self) { try Checkpoint.load(path) }
    let description = try #require(error as? any UserFacingError).description
    #expect(description.contains(path))
    for reason in reasons { #expect(description.contains(reason), "\(description)") }
  }

  @Test(
    "foreign content is named",
    arguments: [
      ("", "empty"), ("hello\n", "a text file"), ("\n <!DOCTYPE html><html>", "an HTML page"),
      ("<html><body>404", "an HTML page"), ("version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
      ("\u{0}\u{1}\u{2}", "unknown format"), ("{\"a\": 1}", "a text file"),
    ])
  func namesForeignContent(content: String, reason: String) throws {
    try withFile(Array(content.utf8)) { path in
      let error = #expect(throws: CheckpointError.self) { try Checkpoint.load(path) }
      #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }
  }

  @Test func foldersAndMissingFilesAreRefused() {
    #expect(throws: FileError.self) { try Checkpoint.load(fixture("checkpoints")) }
    #expect(throws: FileError.self) { try Checkpoint.load(fixture("checkpoints/none.pt")) }
  }
}
