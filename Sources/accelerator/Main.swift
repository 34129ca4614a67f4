import ArgumentParser
import Foundation
import VideoAccelerator

/// The entry point: runs the command and turns every error into one sentence and an exit code.
///
/// 0: done. 1: failure of the machine or the network. 2: wrong usage or bad input.
@main
enum Main {
  static func main() async {
    do {
      var command = try Accelerator.parseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      try Terminal.flushResults()
    } catch let error as any UserFacingError {
      Terminal.error("\(error)")
      exit(error.isBadInput ? 2 : 1)
    } catch {
      let code = Accelerator.exitCode(for: error)
      let message = Accelerator.fullMessage(for: error)
      // Help and completion scripts are results; the rest are complaints.
      if code == .success { print(message) } else { Terminal.log(message) }
      exit(code == .validationFailure ? 2 : code.rawValue)
    }
  }
}

/// The command line's arguments as paths are written here: what is not UTF-8 in them is kept (`PathText`).
private var arguments: [String] {
  (1..<max(Int(CommandLine.argc), 1)).compactMap { index in
    CommandLine.unsafeArgv[index].map { String(path: $0) }
  }
}

/// The root command.
struct Accelerator: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accelerator",
    abstract: "Makes video-understanding models fast on the device that you have.",
    discussion: """
      Examples:
        accelerator zoo pull x3d_xs
        accelerator classify clip.mp4 --model x3d_xs --top 5
        accelerator classify *.mp4 --model x3d_s --checkpoint X3D_S.pyth --views 10 --format jsonl
        accelerator deploy --model x3d_s --target mobile_cpu --output x3d_s.accel
        accelerator profile --model x3d_s.accel --html profile.html
        accelerator tune --model x3d_s.accel
        accelerator finetune --model x3d_xs --data videos/ --output mine
        accelerator evaluate --model mine --data videos/val
        accelerator inspect X3D_S.pyth
      """,
    version: VideoAcceleratorVersion.version,
    subcommands: [
      Classify.self, Run.self, Benchmark.self, ProfileModel.self, Transmute.self, Deploy.self, Export.self, Tune.self,
      Design.self, Finetune.self, Evaluate.self, Inspect.self, Zoo.self, Doctor.self,
    ])
}
