import Preprocessing
import Tensors
import Testing

@Suite struct ClipTests {
  private static func recipe(frames: Int = 1, side: Int, crop: Int) throws -> ClipRecipe {
    try ClipRecipe(
      frameCount: frames, samplingRate: 2, shortSide: side, cropSize: crop, mean: [0.45, 0.4, 0.5],
      standardDeviation: [0.225, 0.25, 0.2])
  }

  @Test func valuesAreTorchs() throws {
    let crops: [String: SpatialCrop] = [
      "center": .center, "uniform0": SpatialCrop.three[0], "uniform1": SpatialCrop.three[1],
      "uniform2": SpatialCrop.three[2],
    ]
    var worst: Float = 0
    let lines = try fixtureLines("spatial.txt")
    for (number, line) in lines.enumerated() {
      let parts = line.split(separator: "|").map { $0.split(separator: " ").map(String.init) }
      let sizes = parts[0].compactMap { Int($0) }
      let frame = try syntheticFrame(width: sizes[0], height: sizes[1], seed: UInt64(number / 4))
      let crop = try #require(crops[parts[0][4]])
      let clip = try Tensor.clip(of: [frame], recipe: Self.recipe(side: sizes[2], crop: sizes[3]), crops: [crop])
      #expect(clip.shape == [1, 3, 1, sizes[3], sizes[3]])
      let values = clip.elements(as: Float.self)
      for pick in parts[1] {
        let pair = pick.split(separator: ":")
        let expected = try #require(Float(pair[1]))
        let difference = try abs(values[#require(Int(pair[0]))] - expected)
        worst = max(worst, difference)
        #expect(difference <= 1e-5, "\(parts[0]) at \(pair[0])")
      }
    }
    #expect(lines.count == 44)
  }

  @Test func framesGoToTheirPlaces() throws {
    let frames = try (0..<5).map { try syntheticFrame(width: 12, height: 8, seed: UInt64($0)) }
    let recipe = try Self.recipe(frames: 3, side: 6, crop: 6)
    let clip = try Tensor.clip(of: frames, recipe: recipe, crops: SpatialCrop.three)
    #expect(clip.shape == [3, 3, 3, 6, 6])
    let values = clip.elements(as: Float.self)
    let single = try Self.recipe(side: 6, crop: 6)
    for (place, index) in [0, 2, 4].enumerated() {
      for crop in 0..<3 {
        let alone = try Tensor.clip(of: [frames[index]], recipe: single, crops: [SpatialCrop.three[crop]])
          .elements(as: Float.self)
        for channel in 0..<3 {
          let start = ((crop * 3 + channel) * 3 + place) * 36
          #expect(Array(values[start..<start + 36]) == Array(alone[channel * 36..<channel * 36 + 36]))
        }
      }
    }
  }

  @Test func shortStreamsRepeatFrames() throws {
    let frames = try (0..<2).map { try syntheticFrame(width: 8, height: 8, seed: UInt64($0)) }
    let clip = try Tensor.clip(of: frames, recipe: Self.recipe(frames: 4, side: 4, crop: 4)).elements(as: Float.self)
    // linspace(0, 1, 4) truncated: 0 0 0 1
    let planes = (0..<4).map { Array(clip[$0 * 16..<$0 * 16 + 16]) }
    #expect(planes[0] == planes[1] && planes[1] == planes[2] && planes[2] != planes[3])
  }

  @Test func flippedCropsAreMirrored() throws {
    let frame = try syntheticFrame(width: 9, height: 7, seed: 1)
    let recipe = try Self.recipe(side: 7, crop: 5)
    let plain = try Tensor.clip(of: [frame], recipe: recipe).elements(as: Float.self)
    let flipped = try Tensor.clip(of: [frame], recipe: recipe, crops: [SpatialCrop(.center, isFlipped: true)])
      .elements(as: Float.self)
    for row in 0..<15 {
      #expect(Array(plain[row * 5..<row * 5 + 5]) == flipped[row * 5..<row * 5 + 5].reversed())
    }
  }

  @Test func fractionsReachBothEndsAndOnlyThose() throws {
    let frame = try syntheticFrame(width: 12, height: 6, seed: 3)
    let recipe = try Self.recipe(side: 6, crop: 6)
    func clip(_ crop: SpatialCrop) throws -> Tensor { try Tensor.clip(of: [frame], recipe: recipe, crops: [crop]) }
    #expect(try clip(SpatialCrop(.fraction(x: 0, y: 0))) == clip(SpatialCrop(.uniform(0))))
    #expect(try clip(SpatialCrop(.fraction(x: 0.999, y: 0.5))) == clip(SpatialCrop(.uniform(2))))
    #expect(try clip(SpatialCrop(.fraction(x: 5, y: -3))) == clip(SpatialCrop(.uniform(2))))
  }

  @Test func randomCropsFollowTheSeed() {
    func crops(seed: UInt64) -> [SpatialCrop] {
      var generator = SeededGenerator(state: seed)
      return (0..<50).map { _ in .random(shortSides: 6...9, using: &generator) }
    }
    let first = crops(seed: 7)
    #expect(first == crops(seed: 7))
    #expect(Set(first.compactMap(\.shortSide)) == [6, 7, 8, 9])
    #expect(Set(first.map(\.isFlipped)) == [true, false])
  }

  @Test func sizeMayChangeFromFrameToFrame() throws {
    var builder = try ClipBuilder(recipe: Self.recipe(frames: 2, side: 4, crop: 4))
    try builder.place(syntheticFrame(width: 8, height: 8, seed: 1), at: [0])
    try builder.place(syntheticFrame(width: 5, height: 9, seed: 1), at: [1])
    #expect(try builder.tensor().shape == [1, 3, 2, 4, 4])
  }

  @Test func unfinishedClipsAreRefused() throws {
    var builder = try ClipBuilder(recipe: Self.recipe(frames: 3, side: 4, crop: 4))
    try builder.place(syntheticFrame(width: 8, height: 8, seed: 1), at: [0, 2])
    #expect(throws: PreprocessingError.incompleteClip(frames: 2, expected: 3)) { try builder.tensor() }
  }

  @Test func badFramesAndCropsAreRefused() throws {
    #expect(throws: PreprocessingError.badFrame(width: 2, height: 2, byteCount: 11)) {
      try Frame(width: 2, height: 2, pixels: [UInt8](repeating: 0, count: 11))
    }
    #expect(throws: PreprocessingError.self) { try Frame(width: 0, height: 2, pixels: []) }
    #expect(throws: PreprocessingError.self) { try Frame(width: -1, height: -1, pixels: [0, 0, 0]) }
    #expect(throws: PreprocessingError.self) { try Frame(width: .max, height: 4, pixels: []) }
    let recipe = try Self.recipe(side: 4, crop: 4)
    let frame = try syntheticFrame(width: 8, height: 8, seed: 1)
    #expect(throws: PreprocessingError.self) {
      try Tensor.clip(of: [frame], recipe: recipe, crops: [SpatialCrop(.center, shortSide: 3)])
    }
    #expect(throws: PreprocessingError.self) { try ClipBuilder(recipe: recipe, crops: []) }
    let huge = try ClipRecipe(frameCount: 4096, samplingRate: 1, shortSide: 8192, cropSize: 8192)
    #expect(throws: PreprocessingError.self) { try ClipBuilder(recipe: huge) }
    let thin = try syntheticFrame(width: 1, height: 5000, seed: 1)
    #expect(throws: PreprocessingError.frameTooLong(width: 1, height: 5000, shortSide: 256)) {
      try Tensor.clip(of: [thin], recipe: Self.recipe(side: 256, crop: 256))
    }
  }
}
