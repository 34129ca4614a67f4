import Preprocessing
import Tensors
import Testing

/// Several inputs made of one clip.
@Suite struct ClipInputsTests {
  private func recipe(_ frames: Int, _ rate: Int, side: Int = 8) throws -> ClipRecipe {
    try ClipRecipe(frameCount: frames, samplingRate: rate, shortSide: side, cropSize: side)
  }

  /// The indices are those of PyTorchVideo's `PackPathway`: `torch.linspace(0, T - 1, T // 4).long()`.
  @Test(arguments: [
    (32, [0, 4, 8, 13, 17, 22, 26, 31]),
    (64, [0, 4, 8, 12, 16, 21, 25, 29, 33, 37, 42, 46, 50, 54, 58, 63]), (8, [0, 7]),
  ])
  func aSlowPathwayTakesFramesOfTheFastOne(frames: Int, indices: [Int]) throws {
    let inputs = try ClipInputs(recipe(frames, 2), strides: [4, 1])
    #expect(inputs.shapes == [[1, 3, frames / 4, 8, 8], [1, 3, frames, 8, 8]])
    #expect(try inputs.recipes == [recipe(frames / 4, 8), recipe(frames, 2)])
    let clip = Tensor((0..<2 * frames).map { Float($0) }, shape: [2, 1, frames, 1, 1])
    let tensors = inputs.tensors(of: clip)
    #expect(tensors[1] == clip)
    #expect(tensors[0].shape == [2, 1, frames / 4, 1, 1])
    #expect(tensors[0].elements(as: Float.self) == (indices + indices.map { $0 + frames }).map { Float($0) })
  }

  @Test func recipesTellHowInputsAreMadeOfOneClip() throws {
    let inputs = try ClipInputs([recipe(8, 8), recipe(32, 2)])
    #expect(try inputs == ClipInputs(recipe(32, 2), strides: [4, 1]))
    #expect(try inputs.made(of: recipe(16, 3, side: 6)).shapes == [[1, 3, 4, 6, 6], [1, 3, 16, 6, 6]])
    #expect(try ClipInputs([recipe(4, 12)]) == ClipInputs(recipe(4, 12)))
    #expect(try inputs.recipes(named: ["slow", "fast"]) == ["slow": recipe(8, 8), "fast": recipe(32, 2)])
  }

  @Test func recipesOfDifferentClipsAreRefused() throws {
    let fast = try recipe(32, 2)
    for other in [try recipe(8, 4), try recipe(8, 8, side: 6), try recipe(5, 8)] {
      #expect(throws: PreprocessingError.self) { try ClipInputs([other, fast]) }
    }
    #expect(throws: PreprocessingError.self) { try ClipInputs(fast, strides: [3, 1]) }
    #expect(throws: PreprocessingError.self) { try ClipInputs(fast, strides: [0]) }
    #expect(throws: PreprocessingError.self) { try ClipInputs([]) }
  }

  @Test func framesJoinedAreTheClipTheyWereTakenOf() {
    let clip = Tensor((0..<2 * 3 * 4 * 6).map { Float($0) }, shape: [2, 3, 4, 2, 3])
    let parts = [[0], [1, 2], [3]].map { clip.selectingFrames($0) }
    #expect(Tensor.joiningFrames(parts) == clip)
  }
}
