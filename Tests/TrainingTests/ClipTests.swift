import Foundation
import Architectures
import Preprocessing
import TestSupport
import Tensors
import Testing
import Video

@testable import Training

@Suite struct ClipTests {
  private func options(batchSize: Int) -> BatchLoader.Options {
    var options = BatchLoader.Options()
    options.batchSize = batchSize
    return options
  }

  @Test func clipsThatAreNotVariedAreThoseThatAreClassified() throws {
    let videos = try VideoSet()
    let set = try videos.dataSet()
    let loader = try BatchLoader(set, recipe: videos.recipe, augmentation: .none, options: options(batchSize: 1))
    let batches = try loader.all(0)
    #expect(batches.count == 12)
    for batch in batches {
      // As VideoClassifier reads them.
      var clips: [Tensor] = []
      try VideoReader(path: set.samples[batch.indices[0]].path).forEachClip(count: 1, recipe: videos.recipe) {
        clips.append($0)
      }
      let isSame = [batch.clips] == clips
      #expect(isSame)
    }
  }

  @Test func evaluationTakesTheViewsOfTheClassifierInOrder() throws {
    let videos = try VideoSet(damaged: true)
    let set = try videos.dataSet()
    for threads in [1, 3] {
      let pass = EvaluationPass(set, recipe: videos.recipe, views: 2, crops: SpatialCrop.three, threads: threads)
      var indices: [Int] = []
      while let video = try pass.next() {
        indices.append(video.index)
        #expect(video.label == set.samples[video.index].label && video.clips.shape == [6, 3, 4, 32, 32])
        var expected: [Float] = []
        try VideoReader(path: set.samples[video.index].path)
          .forEachClip(count: 2, recipe: videos.recipe, crops: SpatialCrop.three) {
            expected += $0.elements(as: Float.self)
          }
        let isSame = video.clips.elements(as: Float.self) == expected
        #expect(isSame)
      }
      #expect(indices == indices.sorted() && indices.count == 12)
      #expect(pass.skipped.videos.map { videos.relative($0.path) } == VideoSet.damaged.sorted())
    }
  }

  @Test func cropsStayInTheirRangesAndUseThem() throws {
    let recipe = try ClipRecipe(frameCount: 1, samplingRate: 1, shortSide: 182, cropSize: 160)
    #expect(Augmentation().shortSides(recipe) == 182...228)
    #expect(
      try Augmentation().shortSides(ClipRecipe(frameCount: 1, samplingRate: 1, shortSide: 256, cropSize: 224))
        == 255...319)
    var generator = RandomStream(seed: 1, ["test"])
    var augmentation = Augmentation()
    let crops = (0..<400).map { _ in augmentation.crop(recipe, using: &generator) }
    let sides = crops.compactMap(\.shortSide)
    #expect(sides.min() == 182 && sides.max() == 228)
    #expect((150...250).contains(crops.count(where: \.isFlipped)))
    augmentation.flips = false
    augmentation.cropsAnywhere = false
    for _ in 0..<50 {
      let crop = augmentation.crop(recipe, using: &generator)
      #expect(!crop.isFlipped && crop.position == .center)
    }
    let plain = Augmentation.none.crop(recipe, using: &generator)
    #expect(plain == SpatialCrop(.center, shortSide: 182))
  }

  @Test func startsReachOverTheVideoAndShortVideosStartAtTheirBeginning() throws {
    let recipe = try ClipRecipe(frameCount: 4, samplingRate: 12, shortSide: 182, cropSize: 160)
    var generator = RandomStream(seed: 1, ["test"])
    let starts = (0..<300).map { _ in Augmentation().start(videoDuration: 5, recipe: recipe, using: &generator) }
    #expect(starts.allSatisfy { (0...3.4).contains($0) })
    #expect(starts.min() ?? 9 < 0.1 && starts.max() ?? 0 > 3.3)
    #expect(Augmentation().start(videoDuration: 1, recipe: recipe, using: &generator) == 0)
    #expect(abs(Augmentation.none.start(videoDuration: 5, recipe: recipe, using: &generator) - 1.7) < 1e-12)
  }

  @Test func impossibleAugmentationsAreRefused() throws {
    let videos = try VideoSet(perClass: 1)
    func refuses(_ change: (inout Augmentation) -> Void) -> Bool {
      var augmentation = Augmentation()
      change(&augmentation)
      return thrown(PreprocessingError.self) {
        try BatchLoader(videos.dataSet(), recipe: videos.recipe, augmentation: augmentation)
      } != nil
    }
    #expect(refuses { $0.scale = 0.5...2 })
    #expect(refuses { $0.mixup = -1 })
    #expect(refuses { $0.mixup = .nan })
    #expect(refuses { $0.color.contrast = 2 })
  }

  /// What torchvision's adjust_brightness, adjust_contrast and adjust_saturation say of two pixels, worked out by hand.
  @Test func colorsChangeByTheFactors() throws {
    let recipe = try ClipRecipe(frameCount: 1, samplingRate: 1, shortSide: 2, cropSize: 2)
    let pixels: [[Float]] = [[0.2, 0.4, 0.6, 0.8], [0.1, 0.1, 0.5, 0.9], [0, 0.3, 0.3, 1]]
    func clip(_ channels: [[Float]]) -> Tensor {
      Tensor(channels.flatMap { $0 }.map { ($0 - 0.45) / 0.225 }, shape: [1, 3, 1, 2, 2])
    }
    func changed(_ factors: ColorJitter.Factors) -> [Float] {
      factors.applied(to: clip(pixels), recipe: recipe).elements(as: Float.self).map { $0 * 0.225 + 0.45 }
    }
    func isNear(_ found: [Float], _ expected: [Float]) -> Bool {
      zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 }
    }
    let all = pixels.flatMap { $0 }
    #expect(isNear(changed(.init(brightness: 1.5)), all.map { min($0 * 1.5, 1) }))
    let grey = (0..<4).map { 0.2989 * pixels[0][$0] + 0.587 * pixels[1][$0] + 0.114 * pixels[2][$0] }
    let mean = grey.reduce(0, +) / 4
    #expect(isNear(changed(.init(contrast: 0.5)), all.map { 0.5 * $0 + 0.5 * mean }))
    #expect(
      isNear(changed(.init(saturation: 0.5)), all.indices.map { min(max(0.5 * all[$0] + 0.5 * grey[$0 % 4], 0), 1) }))
    #expect(changed(.init()) == clip(pixels).elements(as: Float.self).map { $0 * 0.225 + 0.45 })
  }

  @Test func mixupBlendsClipsAndTargetsAlike() {
    let rows = Tensor([1, 10, 2, 20, 4, 40] as [Float], shape: [3, 2])
    let blended = Mixup(share: 0.75).applied(to: rows).elements(as: Float.self)
    // Three quarters of each row, and one of the row before it.
    let expected: [Float] = [1.75, 17.5, 1.75, 17.5, 3.5, 35]
    #expect(blended == expected)
  }

  /// Mean and variance of Beta(α, α): 1/2 and 1 / (8 α + 4).
  @Test(arguments: [0.1, 0.8, 1, 4]) func sharesHaveTheBetaDistribution(alpha: Double) {
    var generator = RandomStream(seed: 3, ["beta"])
    let shares = (0..<4000).map { _ in Double(Mixup(alpha: alpha, using: &generator).share) }
    #expect(shares.allSatisfy { (0...1).contains($0) })
    let mean = shares.reduce(0, +) / 4000
    let variance = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000
    #expect(abs(mean - 0.5) < 0.03, "\(mean)")
    #expect(abs(variance * (8 * alpha + 4) - 1) < 0.08, "\(variance)")
  }
}
