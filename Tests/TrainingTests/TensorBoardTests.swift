import Foundation
import TestSupport
import Tensors
import Testing

@testable import Training

@Suite struct TensorBoardFormatTests {
  /// The check sums of RFC 3720, appendix B.4.
  @Test func checkSumsAreThoseOfTheStandard() {
    #expect(TFRecord.crc32c([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(TFRecord.crc32c([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(TFRecord.crc32c(Array(0..<32)) == 0x46DD_794E)
    #expect(TFRecord.crc32c([]) == 0)
  }

  /// The bytes that protobuf's encoding guide and field numbers give.
  @Test func messagesAreInTheWireFormat() {
    let message = EventMessage(time: 1, step: 300, content: .scalar("a", 0.5)).bytes
    #expect(
      message == [
        0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0x10, 0xAC, 0x02, 0x2A, 0x0A, 0x0A, 0x08, 0x0A, 0x01, 0x61, 0x15, 0, 0, 0,
        0x3F,
      ])
  }

  @Test func eachFileComesAfterTheOthers() throws {
    try withTemporaryFolder { folder in
      for _ in 0..<3 {
        _ = try TensorBoardLog(folder: folder, resumingAfter: nil) { Date(timeIntervalSince1970: 1_700_000_000.5) }
      }
      // The clock was set back.
      _ = try TensorBoardLog(folder: folder, resumingAfter: nil) { Date(timeIntervalSince1970: 1_600_000_000) }
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
          == (0..<4).map { "events.out.tfevents.170000000\($0).accelerator" })
    }
    let error = thrown(FileError.self) { try TensorBoardLog(folder: "/dev/null/logs") }
    #expect(error?.path == "/dev/null/logs")
  }
}

/// What TensorBoard itself reads of the files.
@Suite(.enabled(if: TensorBoard.isWanted, "TensorBoard is not installed (scripts/setup-python)"))
struct TensorBoardTests {
  @Test func curvesAndTextsAreRead() throws {
    try withTemporaryFolder { folder in
      let log = try TensorBoardLog(folder: folder)
      try log.write(.text(name: "settings", "batch size 8, „quoted“", step: 0))
      for step in 1...4 { try log.write(.step(step, loss: 4 / Double(step))) }
      try log.write(.epoch(0, step: 4))
      let found = try TensorBoard.read(folder)
      #expect(found["scalars"]?["train/loss"] == [[1, 4.0], [2, 2.0], [3, 1.3333333730697632], [4, 1.0]])
      #expect(found["scalars"]?["train/accuracy"]?[3] == [4, 0.25])
      #expect(found["scalars"]?["validation/accuracy"] == [[4, 0.5]])
      #expect(found["scalars"]?["validation/top5_accuracy"]?[0]?[0] == 4)
      #expect(found["scalars"]?["epoch/loss"] == [[4, 1.0]])
      #expect(found["texts"]?["settings"] == [[0, "batch size 8, „quoted“"]])
    }
  }

  @Test func resumedTrainingReplacesWhatCameAfterTheCheckpoint() throws {
    try withTemporaryFolder { folder in
      let first = try TensorBoardLog(folder: folder)
      for step in 1...6 { try first.write(.step(step, loss: Double(step))) }
      let second = try TensorBoardLog(folder: folder, resumingAfter: 4)
      for step in 5...7 { try second.write(.step(step, loss: 100 + Double(step))) }
      let found = try TensorBoard.read(folder)
      #expect(
        found["scalars"]?["train/loss"]
          == [[1, 1.0], [2, 2.0], [3, 3.0], [4, 4.0], [5, 105.0], [6, 106.0], [7, 107.0]])
    }
  }
}

/// Runs Tools/read_tensorboard.py.
enum TensorBoard {
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Tools/read_tensorboard.py").path

  private static let python: String = {
    let environment = ProcessInfo.processInfo.environment
    let cache = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "") + "/.cache"
    return cache + "/video-accelerator/tensorboard/bin/python"
  }()

  /// Whether it is there; where everything is to be tested, it must be.
  static let isWanted =
    ProcessInfo.processInfo.environment["CI"] == "true" || FileManager.default.isExecutableFile(atPath: python)

  /// What TensorBoard reads of a folder: points by tag, as `[[step, value], …]`.
  static func read(_ folder: String) throws -> JSON {
    try #require(FileManager.default.isExecutableFile(atPath: python), "scripts/setup-python installs TensorBoard")
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [script, folder]
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try JSON(parsing: Array(output), path: "read_tensorboard.py")
  }
}
