import IR
import CPU
import Preprocessing

import func Foundation.log

/// Evaluates a classifier on the videos of a data set: as a plan, on several clips of each video, as it would be used.
public struct Evaluation {
  /// The result of an evaluation.
  public struct Result: Sendable {
    /// The mean loss, and the accuracy.
    public let score: ModelScore
    /// The counts of predicted classes.
    public let confusion: ConfusionMatrix
    /// The videos that could not be decoded.
    public let skipped: SkippedVideos
    /// The damaged videos that were used.
    public let damaged: DamagedVideos
  }

  private let dataSet: DataSet
  private let inputs: ClipInputs
  private let views: Int
  private let crops: [SpatialCrop]
  private let threads: Int
  private let executor: Executor
  private let skipsBad: Bool
  private let ranks: (any RankGroup)?

  /// Creates an evaluation.
  ///
  /// - Parameters:
  ///   - dataSet: The videos.
  ///   - inputs: How the model's inputs are made.
  ///   - views: The number of clips, spread evenly over each video.
  ///   - crops: The squares to take of each clip.
  ///   - threads: The number of threads that the model runs on.
  ///   - executor: The executor whose sessions run the plan.
  ///   - skipsBad: Whether videos that cannot be decoded are skipped, and listed in the result.
  ///   - ranks: The ranks that share the videos, all of which evaluate the same plan at the same time, and get the same
  ///     result; nil to evaluate all of them here.
  public init(
    _ dataSet: DataSet, inputs: ClipInputs, views: Int = 1, crops: [SpatialCrop] = [.center], threads: Int = 1,
    executor: Executor = .shared, skipsBad: Bool = true, ranks: (any RankGroup)? = nil
  ) {
    self.dataSet = dataSet
    self.inputs = inputs
    self.views = views
    self.crops = crops
    self.threads = threads
    self.executor = executor
    self.skipsBad = skipsBad
    self.ranks = ranks
  }

  /// Evaluates a plan for one clip.
  ///
  /// - Parameters:
  ///   - plan: The classifier's plan, for one clip.
  ///   - givesProbabilities: Whether its results are probabilities, and not logits.
  ///   - progress: Called after each video with the number of videos done and the number of all, on this rank; an error
  ///     that it throws ends the evaluation.
  /// - Throws: ``DataSetError/badVideo(path:reason:)`` for a video that cannot be decoded, if none are to be skipped;
  ///   ``TrainingError/scoresNotFinite(path:)``; what running the plan throws; ``RankError``.
  public func run(
    _ plan: Plan, givesProbabilities: Bool, progress: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> Result {
    var part = try self.part(plan, givesProbabilities: givesProbabilities, progress: progress)
    if let ranks {
      let parts = try ranks.gather(part)
      part = parts[0]
      for other in parts.dropFirst() { part.add(other) }
      // A rank alone cannot know whether others have found a video that can be decoded.
      if part.confusion.total == 0, let example = part.skipped.videos.first {
        throw DataSetError.allDamaged(
          name: dataSet.name, count: dataSet.samples.count, example: example.reason)
      }
    }
    if let path = part.notFinite { throw TrainingError.scoresNotFinite(path: path) }
    return Result(
      score: ModelScore(
        loss: part.loss / Double(max(part.confusion.total, 1)), accuracy: part.confusion.accuracy,
        top5Accuracy: part.confusion.top5Accuracy), confusion: part.confusion, skipped: part.skipped,
      damaged: part.damaged)
  }

  /// What comes of some of the videos.
  private struct Part: Codable {
    var loss = 0.0
    var confusion: ConfusionMatrix
    var skipped = SkippedVideos()
    var damaged = DamagedVideos()
    /// The video whose scores have NaN or infinity.
    var notFinite: String?

    mutating func add(_ other: Part) {
      loss += other.loss
      confusion.add(other.confusion)
      skipped.add(other.skipped)
      damaged.add(other.damaged)
      notFinite = notFinite ?? other.notFinite
    }
  }

  /// Evaluates this rank's videos.
  private func part(
    _ plan: Plan, givesProbabilities: Bool, progress: (Int, Int) throws -> Void
  ) throws -> Part {
    let pass = EvaluationPass(
      dataSet, recipe: inputs.clip, views: views, crops: crops, place: ranks?.place ?? .alone)
    var part = Part(confusion: ConfusionMatrix(classCount: dataSet.classes.count))
    while let video = try pass.next() {
      if !skipsBad, let bad = pass.skipped.videos.first {
        throw DataSetError.badVideo(path: bad.path, reason: bad.reason)
      }
      var scores = [Double](repeating: 0, count: dataSet.classes.count)
      let count = video.clips.shape[0]
      try executor.withSession(of: plan, threads: threads) { session in
        for index in 0..<count {
          let clip = Operations.Slice(axis: 0, start: index, end: index + 1).evaluate([video.clips])[0]
          let result = try session.run(inputs.tensors(of: clip))[0]
          let probabilities: [Float] =
            givesProbabilities ? result.elements() : Reference.softmax(result, axis: 1).elements()
          for (label, probability) in probabilities.enumerated() {
            scores[label] += Double(probability) / Double(count)
          }
        }
      }
      guard scores.allSatisfy(\.isFinite) else {
        part.notFinite = dataSet.samples[video.index].path
        break
      }
      part.confusion.add(scores: scores.map { Float($0) }, label: video.label)
      part.loss -= log(max(scores[video.label], 1e-30))
      try progress(part.confusion.total + pass.skipped.count, pass.videoCount)
    }
    if !skipsBad, let bad = pass.skipped.videos.first {
      throw DataSetError.badVideo(path: bad.path, reason: bad.reason)
    }
    (part.skipped, part.damaged) = (pass.skipped, pass.damaged)
    return part
  }
}
