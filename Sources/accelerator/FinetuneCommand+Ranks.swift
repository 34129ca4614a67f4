import Foundation
import MessagePassing
import Tensors
import Training
import ArgumentParser
import VideoAccelerator

/// `accelerator finetune` on several ranks, which `mpirun` has started.
extension Finetune {
  /// Trains, and leaves the other ranks, or ends them by an error.
  func runAndLeave(_ ranks: any LaunchedGroup) throws {
    do {
      try run(ranks)
      try ranks.leave()
    } catch let code as ExitCode {
      // It was interrupted, or some videos were skipped: on all ranks.
      try? ranks.leave()
      throw code
    } catch { end(error, ranks) }
  }

  /// Ends all ranks by an error of this one.
  private func end(_ error: any Error, _ ranks: any LaunchedGroup) -> Never {
    // What all ranks meet is told once: rank 0 ends the others.
    if !ranks.place.leads { Thread.sleep(forTimeInterval: 1) }
    let known = error as? any UserFacingError
    let sentence = known.map { ErrorHints.sentence($0) } ?? "\(error)"
    let name = "rank \(ranks.place.rank) on \(ranks.hosts[ranks.place.rank])"
    Terminal.endProgress()
    Terminal.error(ranks.place.leads ? sentence : "\(name): \(sentence)")
    ranks.abort(status: known?.isBadInput ?? false ? ExitStatus.badInput : ExitStatus.failure)
  }

  /// Returns the videos; for a resumed run, those that it recorded in rank 0's folder.
  func split(_ ranks: (any RankGroup)?) throws -> DataSplit {
    let path = FineTuning.split(in: output)
    let isSaved = resume && (ranks?.place.leads ?? true) && FileSystem.exists(path)
    let own = isSaved ? try MappedFile.contents(ofFile: path) : []
    let saved = resume ? try ranks?.broadcast(own) ?? own : []
    guard !saved.isEmpty else { return try DataSplit(at: data ?? "", validation: validation) }
    do { return try DataSplit(saved: saved, at: path) } catch DataSetError.movedVideos {
      return try DataSplit(saved: saved, at: path, root: data)
    }
  }
}
