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
  public init(
    _ dataSet: DataSet, inputs: ClipInputs, views: Int = 1, crops: [SpatialCrop] = [.center], threads: Int = 1,
    executor: Executor = .shared, skipsBad: Bool = true
  ) {
    self.dataSet = dataSet
    self.inputs = inputs
    self.views = views
    self.crops = crops
    self.threads = threads
    self.executor = executor
    self.skipsBad = skipsBad
  }

  /// Evaluates a plan for one clip.
  ///
  /// - Parameters:
  ///   - plan: The classifier's plan, for one clip.
  ///   - givesProbabilities: Whether its results are probabilities, and not logits.
  ///   - progress: Called after each video with the number of videos done and the number of all; an error that it
  ///     throws ends the evaluation.
  /// - Throws: ``DataSetError/badVideo(path:reason:)`` for a video that cannot be decoded, if none are to be skipped;
  ///   ``TrainingError/scoresNotFinite(path:)``; what running the plan throws.
  public func run(
    _ plan: Plan, givesProbabilities: Bool, progress: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> Result {
    let pass = EvaluationPass(dataSet, recipe: inputs.clip, views: views, crops: crops)
    var confusion = ConfusionMatrix(classCount: dataSet.classes.count)
    var loss = 0.0
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
        throw TrainingError.scoresNotFinite(path: dataSet.samples[video.index].path)
      }
      confusion.add(scores: scores.map { Float($0) }, label: video.label)
      loss -= log(max(scores[video.label], 1e-30))
      try progress(confusion.total + pass.skipped.count, dataSet.samples.count)
    }
    if !skipsBad, let bad = pass.skipped.videos.first {
      throw DataSetError.badVideo(path: bad.path, reason: bad.reason)
    }
    return Result(
      score: ModelScore(
        loss: loss / Double(max(confusion.total, 1)), accuracy: confusion.accuracy,
        top5Accuracy: confusion.top5Accuracy), confusion: confusion, skipped: pass.skipped,
      damaged: pass.damaged)
  }
}
