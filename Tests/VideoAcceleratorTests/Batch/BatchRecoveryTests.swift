import CPU
import Foundation
import Tensors
import TestSupport
import Testing
import Video

@testable import VideoAccelerator

/// What a batch makes of the files that an earlier run left, whatever ended it.
@Suite struct BatchRecoveryTests {
  /// Seven videos, of which two cannot be used, with a result that follows from the name.
  static let names = ["a", "bad-b", "c", "d", "bad-e", "f", "g"]

  /// A batch of a job without a model, which notes what it is asked for.
  static func batch(in folder: String, top: Int = 5, asked: Guarded<[String]> = Guarded([])) throws -> Batch {
    let job = BatchJob(settings: [("top", "\(top)")]) { video, _ in
      asked.withLock { $0.append(video.path) }
      if video.path.contains("bad") { throw VideoError.noFrames(path: video.path) }
      return ["length": JSON(video.path.count), "top": JSON(top)]
    }
    let list = try BatchList(lines: Array(names.joined(separator: "\n").utf8), name: "list")
    return Batch(list, job: job, files: files(in: folder))
  }

  static func files(in folder: String) -> BatchFiles { BatchFiles(results: "\(folder)/out.jsonl") }

  private func write(_ results: ArraySlice<UInt8>, _ failures: ArraySlice<UInt8>, to folder: String) throws {
    let files = Self.files(in: folder)
    try Data(results).write(to: URL(fileURLWithPath: files.results))
    try Data(failures).write(to: URL(fileURLWithPath: files.failures))
  }

  /// The number of videos from the first on that have a whole line in one of two files.
  private func finished(_ results: ArraySlice<UInt8>, _ failures: ArraySlice<UInt8>) -> Int {
    let whole = { (bytes: ArraySlice<UInt8>) in
      String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    }
    let lines = whole(results) + whole(failures)
    return Self.names.prefix { name in lines.contains { $0.hasPrefix("{\"path\":\"\(name)\"") } }.count
  }

  /// A kill cuts one file; a machine without power cuts each anywhere.
  @Test(.slow) func everyCutOfTheFilesIsCompletedAndNothingIsRepeated() throws {
    try withTemporaryFolder { folder in
      let files = Self.files(in: folder)
      #expect(try Self.batch(in: folder).run().failed == 2)
      let (results, failures) = (try contents(files.results), try contents(files.failures))
      var cuts = results.indices.map { ($0, failures.count) } + failures.indices.map { (results.count, $0) }
      for first in stride(from: 0, to: results.count, by: 13) {
        cuts += stride(from: 0, to: failures.count, by: 17).map { (first, $0) }
      }
      for (first, second) in cuts {
        let left = (results[..<first], failures[..<second])
        try write(left.0, left.1, to: folder)
        let asked = Guarded<[String]>([])
        let end = try Self.batch(in: folder, asked: asked).run(.resumed)
        let count = finished(left.0, left.1)
        #expect(end.isComplete && end.resumed == count && end.failed == 2, "\(first) \(second)")
        #expect(asked.withLock { $0 } == Array(Self.names.dropFirst(count)), "\(first) \(second)")
        #expect(try contents(files.results) == results && contents(files.failures) == failures, "\(first) \(second)")
      }
    }
  }

  /// As file systems leave them that have written a file's new size and not its bytes.
  @Test func zeroBytesInTheLastLinesAreWrittenAgain() throws {
    try withTemporaryFolder { folder in
      let files = Self.files(in: folder)
      try Self.batch(in: folder).run()
      let (results, failures) = (try contents(files.results), try contents(files.failures))
      for position in results.indices where results[position] != UInt8(ascii: "\n") {
        var damaged = results
        damaged[position] = 0
        try write(damaged[...], failures[...], to: folder)
        try Self.batch(in: folder).run(.resumed)
        #expect(try contents(files.results) == results && contents(files.failures) == failures, "\(position)")
      }
    }
  }

  @Test func aFinishedBatchHasNothingLeftToDo() throws {
    try withTemporaryFolder { folder in
      try Self.batch(in: folder).run(.resumed)
      let asked = Guarded<[String]>([])
      let end = try Self.batch(in: folder, asked: asked).run(.resumed)
      #expect(end.isComplete && end.resumed == 7 && end.failed == 2 && asked.withLock(\.isEmpty))
    }
  }

  @Test func resultsAreReplacedOnlyOnRequest() throws {
    try withTemporaryFolder { folder in
      let files = Self.files(in: folder)
      try Self.batch(in: folder).run()
      let results = try contents(files.results)
      #expect(thrown(BatchError.self) { try Self.batch(in: folder, top: 3).run() } == .exists(path: files.results))
      #expect(try contents(files.results) == results)
      try Self.batch(in: folder, top: 3).run(.replacing)
      #expect(try contents(files.results) != results)
      // Failures alone are results as well.
      try write([], "{}\n".utf8.map { $0 }[...], to: folder)
      #expect(thrown(BatchError.self) { try Self.batch(in: folder).run() } == .exists(path: files.failures))
    }
  }

  @Test func otherSettingsAreRefusedWithWhatDiffers() throws {
    try withTemporaryFolder { folder in
      let files = Self.files(in: folder)
      try Self.batch(in: folder).run()
      let results = try contents(files.results)
      let other = thrown(BatchError.self) { try Self.batch(in: folder, top: 3).run(.resumed) }
      #expect(other == .otherSettings(path: files.results, differences: ["top 5 → 3"]))
      let job = BatchJob(settings: [("job", "shots")]) { _, _ in [:] }
      let list = try BatchList(lines: Array("a\nb".utf8), name: "list")
      let shard = try Shard("0/2", environment: [:])
      let all = thrown(BatchError.self) { try Batch(list, job: job, files: files, shard: shard).run(.resumed) }
      guard case .otherSettings(_, let differences) = all else {
        Issue.record("\(String(describing: all))")
        return
      }
      #expect(differences.contains("shard 0/1 → 0/2") && differences.contains("job none → shots"), "\(differences)")
      #expect(differences.contains { $0.hasPrefix("list 7 videos (") && $0.contains("→ 2 videos (") }, "\(differences)")
      try FileManager.default.removeItem(atPath: files.settings)
      let none = thrown(BatchError.self) { try Self.batch(in: folder).run(.resumed) }
      #expect(none == .noSettings(path: files.results, settings: files.settings))
      #expect(try contents(files.results) == results)
    }
  }

  @Test func linesOfSomeoneElseAreNotCutOff() throws {
    try withTemporaryFolder { folder in
      let files = Self.files(in: folder)
      try Self.batch(in: folder).run()
      let (results, failures) = (try contents(files.results), try contents(files.failures))
      let line = Array("{\"path\":\"other\"}\n".utf8)
      for (first, second, path) in [
        (results + line, failures, files.results), (line + results, failures, files.results),
        (results, failures + line, files.failures), (results + results, failures, files.results),
      ] {
        try write(first[...], second[...], to: folder)
        #expect(thrown(BatchError.self) { try Self.batch(in: folder).run(.resumed) } == .otherLines(path: path))
        #expect(try contents(files.results) == first && contents(files.failures) == second)
      }
    }
  }

  @Test func twoRunsDoNotWriteOneFile() throws {
    try withTemporaryFolder { folder in
      let files = Self.files(in: folder)
      for path in [files.results, files.failures] {
        let file = try AppendedFile(path: path)
        let isLocked = try file.lock()
        #expect(isLocked)
        for start in [BatchStart.new, .resumed, .replacing] {
          #expect(thrown(BatchError.self) { try Self.batch(in: folder).run(start) } == .inUse(path: path))
        }
        withExtendedLifetime(file) {}
      }
      #expect(try Self.batch(in: folder).run().isComplete)
    }
  }
}
