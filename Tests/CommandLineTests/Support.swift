import Tensors
import Foundation
import VideoAccelerator

/// What a command printed and how it ended.
struct CommandResult {
  let status: Int32
  let output: String
  let errors: String

  var json: JSON? { try? JSON(parsing: Array(output.utf8), path: "stdout") }
}

/// Runs the built command.
func accelerator(
  _ arguments: String..., input: Data? = nil, environment: [String: String] = [:]
) throws -> CommandResult {
  try accelerator(arguments: arguments, input: input, environment: environment)
}

/// Runs the built command.
///
/// - Parameter largestFile: Larger files, in kilobytes, cannot be written: as if the disk were full.
func accelerator(
  arguments: [String], input: Data? = nil, environment: [String: String] = [:], largestFile: Int? = nil
) throws -> CommandResult {
  let process = Process()
  process.executableURL = acceleratorPath
  process.arguments = arguments
  if let largestFile {
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    let limited = "ulimit -f \(largestFile); exec \"$0\" \"$@\""
    process.arguments = ["-c", limited, acceleratorPath.path] + arguments
  }
  process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
  let (output, errors, stdin) = (Pipe(), Pipe(), Pipe())
  process.standardOutput = output
  process.standardError = errors
  process.standardInput = stdin
  try process.run()
  DispatchQueue.global().async {
    if let input { try? stdin.fileHandleForWriting.write(contentsOf: input) }
    try? stdin.fileHandleForWriting.close()
  }
  let complaints = DispatchQueue(label: "stderr")
  nonisolated(unsafe) var errorData = Data()
  complaints.async { errorData = errors.fileHandleForReading.readDataToEndOfFile() }
  let outputData = output.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  complaints.sync {}
  return CommandResult(
    status: process.terminationStatus, output: String(decoding: outputData, as: UTF8.self),
    errors: String(decoding: errorData, as: UTF8.self))
}

/// Starts the built command and does not wait for it.
func startAccelerator(_ arguments: [String]) throws -> Process {
  let process = Process()
  process.executableURL = acceleratorPath
  process.arguments = arguments
  process.standardOutput = FileHandle.nullDevice
  process.standardError = FileHandle.nullDevice
  try process.run()
  return process
}

/// Starts the built command; its standard output can be read.
func startReadableAccelerator(_ arguments: [String]) throws -> (process: Process, output: FileHandle) {
  let (process, output) = (Process(), Pipe())
  process.executableURL = acceleratorPath
  process.arguments = arguments
  process.standardOutput = output
  process.standardError = FileHandle.nullDevice
  try process.run()
  return (process, output.fileHandleForReading)
}

/// Runs a line of the shell, in which `$0` is the built command.
func shell(_ line: String, in folder: String, environment: [String: String] = [:]) throws -> CommandResult {
  let (process, output, errors) = (Process(), Pipe(), Pipe())
  process.executableURL = URL(fileURLWithPath: "/bin/bash")
  process.arguments = ["-c", line, acceleratorPath.path]
  process.currentDirectoryURL = URL(fileURLWithPath: folder)
  process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
  process.standardOutput = output
  process.standardError = errors
  try process.run()
  let (outputData, errorData) = (
    output.fileHandleForReading.readDataToEndOfFile(), errors.fileHandleForReading.readDataToEndOfFile()
  )
  process.waitUntilExit()
  return CommandResult(
    status: process.terminationStatus, output: String(decoding: outputData, as: UTF8.self),
    errors: String(decoding: errorData, as: UTF8.self))
}

/// Lies beside the test bundle.
private var acceleratorPath: URL {
  URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("accelerator")
}
