import Models
import Reports
import Tensors
import Training
import Zoo

/// What a run does with other ranks.
extension FineTuning {
  /// Whether this process writes the output folder.
  var leads: Bool { ranks?.place.leads ?? true }

  /// Checks that all ranks train the same model on the same videos in the same way.
  ///
  /// - Throws: ``/Training/RankError/differs(rank:differences:)``, on all ranks.
  func requireSameOnAllRanks(head: String?) throws {
    try ranks?.requireSame(
      settings.named + [
        ("model", "\(model.name) (\(try model.fingerprint.prefix(16)))"), ("training videos", split.training.summary),
        ("validation videos", split.validation.summary), ("layer that is replaced", head ?? "the last one"),
        ("recomputed activations", "\(settings.recomputesActivations)"), ("version", VideoAcceleratorVersion.version),
      ])
  }

  /// Returns the videos of all ranks that were skipped, and those that are damaged.
  func problems(of loader: BatchLoader) throws -> (skipped: SkippedVideos, damaged: DamagedVideos) {
    var (skipped, damaged) = (SkippedVideos(), DamagedVideos())
    for other in try ranks?.gather(loader.skipped) ?? [loader.skipped] { skipped.add(other) }
    for other in try ranks?.gather(loader.damaged) ?? [loader.damaged] { damaged.add(other) }
    return (skipped, damaged)
  }
}

extension DataSet {
  /// The number of videos, and a hash of their paths, classes and sizes, which tells two sets apart.
  fileprivate var summary: String {
    var hash = SHA256()
    for text in classes { (Array(text.utf8) + [0]).withUnsafeBytes { hash.update($0) } }
    for sample in samples {
      let path = FileSystem.path(sample.path, relativeTo: root) ?? sample.path
      let size = FileSystem.status(of: sample.path)?.size ?? -1
      Array("\(path)\u{0}\(sample.label) \(size)\n".utf8).withUnsafeBytes { hash.update($0) }
    }
    return "\(samples.count) (\(hash.hexadecimalDigest().prefix(16)))"
  }
}
