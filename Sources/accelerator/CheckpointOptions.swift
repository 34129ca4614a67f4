import Formats
import Zoo
import ArgumentParser
import VideoAccelerator

/// The options of every command that takes `--checkpoint`, beside the file itself.
struct CheckpointOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Key of the weights, if the checkpoint holds several, such as ema or state_dict.teacher \
      ('accelerator inspect' lists them).
      """, valueName: "key"))
  var checkpointKey: String?

  @Flag(help: "Print all tensor names in notes and errors about a checkpoint.")
  var verbose = false

  /// Prints the notes about a model's weights.
  func report(_ notes: [WeightsNote]) {
    for note in notes {
      Terminal.note(note.text)
      if verbose { for name in note.details { Terminal.log("  \(name.printable)") } }
    }
  }

  /// Calls `body`; with `--verbose`, prints all names that its error about a checkpoint only counts.
  func explaining<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let mismatch as StateDictMismatch where verbose {
      for line in mismatch.details { Terminal.log("  \(line.printable)") }
      throw mismatch
    }
  }
}
