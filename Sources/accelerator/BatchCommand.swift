import ArgumentParser
import Foundation
import Models
import Preprocessing
import Tensors
import VideoAccelerator
import Zoo

/// `accelerator batch`.
struct ProcessBatch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "batch",
    abstract: "Process many videos, with results in a file; resumable.",
    discussion: """
      EXAMPLES:
        accelerator batch videos/ --output classes.jsonl --resume
        accelerator batch list.txt --job features --output features.jsonl
        find /data -name '*.mp4' | accelerator batch - --output classes.jsonl
        accelerator batch list.txt --job shots --output shots-3.jsonl --shard 3/8
        duckdb -c "copy (from read_json('x.jsonl', sample_size=-1)) to 'x.parquet'"

      Results are JSON objects, one per line, in the order of the list and without
      times, so that a batch that was stopped gives the same file as one that was
      not. Videos that cannot be decoded are in NAME.failures.jsonl with the reason
      ("error"), and the exit code is 3; NAME.batch.json has the settings, which must
      be the same when a batch is resumed.

      There is no Parquet writer for Swift to rely on: DuckDB makes it of the results,
      as in the last example (it looks at all of them for columns that few have).

      After Ctrl-C, a crash or a power failure, --resume goes on with the first video
      that has no result yet. Videos that were being processed are processed again,
      and so are those that were waiting for a slower one before them to finish, \
      \(Batch.waitingVideos)
      for each of --jobs at most.

      Shards are contiguous parts of the list, counted from 0: the files of 0/8 to
      7/8, one after the other, are that of the whole list. Each machine needs the
      same list. In an indexed Kubernetes job, --shard /8 takes the index from
      \(Shard.indexVariable).
      """)

  /// What is done with each video.
  enum Job: String, ExpressibleByArgument, CaseIterable {
    case classify, features, shots
  }

  @Argument(
    help: ArgumentHelp(
      """
      A folder, with all videos in it; a file with a path on each line, or a JSON object with "path", relative to the \
      file's folder; or '-' for such a list on standard input.
      """, valueName: "list"),
    completion: .file())
  var list: String

  @Option(help: ArgumentHelp("The file of the results.", valueName: "file"), completion: .file(extensions: ["jsonl"]))
  var output: String

  @Option(
    help: ArgumentHelp("The file of the videos that failed. (default: NAME.failures.jsonl)", valueName: "file"),
    completion: .file(extensions: ["jsonl"]))
  var failures: String?

  @Option(help: "What to do with each video: classify, compute features, or find shots.")
  var job = Job.classify

  @Flag(help: "Go on with a batch that was stopped; begin it if it has not begun.")
  var resume = false

  @Flag(help: "Replace the results of an earlier batch.")
  var force = false

  @Option(
    help: ArgumentHelp(
      "Process a part of the list only; without INDEX it is $JOB_COMPLETION_INDEX.", valueName: "index/count"))
  var shard: String?

  @Option(
    help: ArgumentHelp(
      "Number of videos processed at the same time, by --threads each. (default: as many as keep all cores busy)",
      valueName: "n"))
  var jobs: Int?

  @OptionGroup var modelOptions: ModelOptions

  @OptionGroup var precisionOption: PrecisionOption

  @OptionGroup var threadsOption: ThreadsOption

  @Option(
    help: ArgumentHelp(
      "Clips of each video whose scores are averaged. (default: as many as fit, up to \(VideoViews.mostClips))",
      valueName: "n"))
  var views: Int?

  @Option(
    help: ArgumentHelp(
      "Square crops of each clip: 1 (center) or 3 (along the longer side). (default: 1)", valueName: "n"))
  var crops: Int?

  @Option(help: ArgumentHelp("With classify: number of classes of each video. (default: 5)", valueName: "k"))
  var top: Int?

  @Option(
    help: ArgumentHelp("With classify: class names, a text file with one name per line.", valueName: "file"),
    completion: .file())
  var labels: String?

  @Option(
    help: ArgumentHelp(
      "With shots: score above which a frame is a transition. (default: \(ShotDetector.threshold))", valueName: "score")
  )
  var threshold: Float?

  func validate() throws {
    if resume, force { throw ValidationError("--resume goes on with results, and --force replaces them: choose one.") }
    try OutputFiles.checkExtension(of: output, ["jsonl"], option: "--output", contents: "JSON lines")
    try OutputFiles.checkExtension(of: failures, ["jsonl"], option: "--failures", contents: "JSON lines")
    if let jobs { try ThreadCount.check(jobs, option: "--jobs") }
    try ThreadCount.check(min(jobCount * threadsOption.threads, 256), option: "--jobs × --threads =")
    if let views, !(1...1000).contains(views) { throw ValidationError("--views must be 1 to 1000.") }
    if let crops, crops != 1, crops != 3 { throw ValidationError("--crops must be 1 or 3.") }
    if let top, top < 1 { throw ValidationError("--top must be 1 or more.") }
    if let threshold, !(threshold > 0 && threshold < 1) {
      throw ValidationError("--threshold must be between 0 and 1.")
    }
    if job != .classify, top != nil || labels != nil {
      throw ValidationError("--top and --labels need --job classify.")
    }
    if job == .shots, views != nil || crops != nil { throw ValidationError("--views and --crops are not for shots.") }
    if job != .shots, threshold != nil { throw ValidationError("--threshold needs --job shots.") }
  }

  func run() throws {
    let shard = try self.shard.map { try Shard($0, environment: ProcessInfo.processInfo.environment) } ?? .whole
    let files = BatchFiles(results: output, failures: failures)
    let videos = try readList()
    try OutputFiles.check(
      [("--output", files.results), ("--failures", files.failures), ("the file of settings", files.settings)],
      inputs: [list, modelOptions.file, modelOptions.checkpoint, labels])
    let batch = Batch(videos, job: try makeJob(), files: files, shard: shard)
    Interruption.watch()
    let report = BatchReport(files)
    let end = try batch.run(
      resume ? .resumed : force ? .replacing : .new, jobs: jobCount, progress: report.show,
      isStopped: { Interruption.isAskedFor })
    report.finish(end)
    if !end.isComplete { throw ExitCode.interrupted }
    if end.failed > 0 { throw ExitCode.partial }
  }

  private var jobCount: Int { jobs ?? max(1, ThreadCount.cores / max(threadsOption.threads, 1)) }

  private func readList() throws -> BatchList {
    let videos =
      if list == "-" {
        try BatchList(lines: Array(FileHandle.standardInput.readToEnd() ?? Data()), name: "standard input")
      } else if FileSystem.isFolder(list) {
        try BatchList(folder: list)
      } else {
        try BatchList(manifest: list)
      }
    if let skipped = videos.skipped.summary { Terminal.log("\(list.printable): \(skipped)") }
    if videos.duplicates > 0 { Terminal.note("\(videos.duplicates) of the list's entries repeat earlier ones") }
    return videos
  }

  private func makeJob() throws -> BatchJob {
    let (precision, threads) = (precisionOption.precision, threadsOption.threads)
    let views = VideoViews(clips: self.views, crops: crops == 3 ? SpatialCrop.three : [.center])
    switch job {
    case .classify:
      let model = try modelOptions.load(labels: labels.map(LabelFile.read))
      return try .classify(model, precision: precision, views: views, top: top ?? 5, threads: threads)
    case .features:
      return try .features(modelOptions.load(head: .features), precision: precision, views: views, threads: threads)
    case .shots:
      var options = modelOptions
      options.requestedModel = options.requestedModel ?? FetchedModel.transNetV2.name
      return try .shots(
        options.load(), precision: precision, threshold: threshold ?? ShotDetector.threshold, threads: threads)
    }
  }
}
