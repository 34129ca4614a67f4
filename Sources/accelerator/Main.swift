import Reports
import ArgumentParser
import Foundation
import VideoAccelerator

/// The entry point: runs the command and turns every error into one sentence and an exit code (``ExitStatus``).
@main
enum Main {
  static func main() async {
    Terminal.prepare()
    // Beyond the limit of a file's size, writing fails as on a full disk, instead of ending the process.
    signal(SIGXFSZ, SIG_IGN)
    // Where nobody reads the results any more, writing fails too, so that files that are being written are not left half done.
    signal(SIGPIPE, SIG_IGN)
    Interruption.listen()
    do {
      try checkCommand(commandLineArguments.first)
      var command = try Accelerator.parseAsRoot(commandLineArguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      try Terminal.flushResults()
    } catch let error as any UserFacingError {
      end(with: error)
    } catch {
      Terminal.endProgress()
      let code = Accelerator.exitCode(for: error)
      let message = Accelerator.fullMessage(for: error)
      // Help and completion scripts are results; the rest are errors.
      if code == .success { printHelp(message) } else if !message.isEmpty { Terminal.log(message) }
      exit(code == .validationFailure ? ExitStatus.badInput : code.rawValue)
    }
  }

  private static func printHelp(_ text: String) {
    do { try Terminal.result(text) } catch { end(with: error) }
  }

  private static func end(with error: any UserFacingError) -> Never {
    Terminal.endProgress()
    // As `head` ends when it has its lines: there is nothing to say.
    if let error = error as? OutputError, error.code == EPIPE { exit(ExitStatus.unread) }
    Terminal.error(ErrorHints.sentence(error))
    exit(error.isBadInput ? ExitStatus.badInput : ExitStatus.failure)
  }

  /// Suggests the command that a mistyped one may be.
  private static func checkCommand(_ word: String?) throws {
    guard let word, !word.hasPrefix("-"), word != "help" else { return }
    let known = Accelerator.configuration.subcommands.map { $0._commandName }
    guard !known.contains(word) else { return }
    throw UsageError(
      "there is no command '\(word.printable)'"
        + (Suggestion.closest(to: word, in: known).map { "; did you mean '\($0)'?" }
          ?? ": 'accelerator --help' lists them"))
  }
}

/// The command line's arguments as paths of this package: what is not UTF-8 in them is kept (`PathText`).
var commandLineArguments: [String] {
  (1..<max(Int(CommandLine.argc), 1)).compactMap { index in
    CommandLine.unsafeArgv[index].map { String(path: $0) }
  }
}

/// The root command.
struct Accelerator: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accelerator",
    abstract: "Fast video models on this device: classify, train, deploy, measure.",
    discussion: """
      EXAMPLES:
        accelerator classify clip.mp4
        accelerator classify videos/ --skip-bad --format jsonl > labels.jsonl
        accelerator batch videos/ --output classes.jsonl --resume
        accelerator watch rtsp://camera.local/live --save-clips events/
        accelerator serve --model x3d_s.accel
        accelerator shots film.mp4 --format html > shots.html
        accelerator zoo pull x3d_s
        accelerator classify clip.mp4 --model x3d_s --views 10 --crops 3
        accelerator deploy --model x3d_s --target mobile_cpu --output s.accel
        accelerator benchmark --model s.accel --threads 2
        accelerator profile --model s.accel --html profile.html
        accelerator finetune --model x3d_xs --data videos/ --output mine
        accelerator evaluate --model mine --data videos/val
        accelerator inspect X3D_S.pyth

      \(ExitStatus.help)

      SHELL COMPLETIONS:
        accelerator --generate-completion-script bash|zsh|fish
        (scripts/install puts them in place, and a man page)
      """,
    version: VideoAcceleratorVersion.version,
    subcommands: subcommands)

  private static var subcommands: [any ParsableCommand.Type] {
    var commands: [any ParsableCommand.Type] = [
      Classify.self, ProcessBatch.self, Watch.self, Shots.self, Run.self, Benchmark.self, ProfileModel.self,
      Transmute.self, Deploy.self, Export.self, Tune.self, Design.self, Finetune.self, Evaluate.self, Inspect.self,
      Zoo.self, Doctor.self,
    ]
    #if Server
      commands.insert(Serve.self, at: 2)
    #endif
    return commands
  }
}
