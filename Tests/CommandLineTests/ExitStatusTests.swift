import Foundation
import TestSupport
import Testing
import VideoAccelerator

/// Exit codes are part of the interface: 0 done, 1 failure, 2 wrong usage or bad input, 3 done but for some inputs, 130
/// interrupted.
@Suite struct ExitStatusTests {
  /// A file of the importer's corpus.
  @Test func aListOfProblemsHasALineForEach() throws {
    let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fuzzers/Corpus/00cf37335769.onnx").path
    let result = try accelerator("inspect", corpus)
    #expect(result.status == 2)
    let lines = result.errors.split(separator: "\n")
    #expect(lines.count == 3 && lines[0].hasSuffix("cannot be imported:") && lines[1].hasPrefix("  "), "\(lines)")
  }

  @Test func helpListsTheCodesCompletionsAndCommandsWithin80Columns() throws {
    let help = try accelerator("--help", environment: ["COLUMNS": "80"]).output
    for text in ["EXIT CODES:", "130  interrupted", "--generate-completion-script"] { #expect(help.contains(text)) }
    for command in [
      [], ["classify"], ["batch"], ["watch"], ["run"], ["benchmark"], ["profile"], ["transmute"], ["deploy"], ["tune"],
      ["design"],
      ["inspect"],
      ["zoo"], ["zoo", "pull"], ["doctor"],
    ] {
      let help = try accelerator(arguments: command + ["--help"], environment: ["COLUMNS": "80"]).output
      let examples = help.components(separatedBy: "EXAMPLES:\n").dropFirst().first?.components(separatedBy: "\n\n")
        .first
      for line in (examples ?? "").split(separator: "\n") {
        #expect(line.count <= 80, "\(line)")
        #expect(line.hasPrefix("  "), "an example that is broken: \(line)")
      }
    }
  }

  @Test(
    arguments: [
      (["clasify", "x.mp4"], "did you mean 'classify'?"), (["inspekt"], "did you mean 'inspect'?"),
      (["classify", "x.mp4", "--model", "x3d-s"], "did you mean 'x3d_s'?"),
      (["zoo", "show", "x3dxs"], "did you mean 'x3d_xs'?"),
      (
        ["transmute", "--model", "x3d_xs", "--random-weights", "1", "--target", "mobilecpu"],
        "did you mean 'mobile_cpu'?"
      ),
      (["benchmark", "--random-weights", "1", "--precision", "fp8"], "'fp32', 'fp16' or 'int8'"),
    ] as [([String], String)])
  func aMistypedNameGetsASuggestion(_ arguments: [String], _ suggestion: String) throws {
    let result = try accelerator(arguments: arguments)
    #expect(result.status == 2 && result.output.isEmpty)
    #expect(result.errors.contains(suggestion), "\(result.errors)")
  }

  /// Told before anything is loaded, so that nothing has to run on so many threads here.
  @Test func moreThreadsThanCoresAreWarnedOfOnce() throws {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    for arguments in [
      ["benchmark", "--model", "/none", "--threads"], ["classify", "/none.mp4", "--model", "/none", "--threads"],
      ["classify", "/none.mp4", "--model", "/none", "--jobs"], ["profile", "--model", "/none", "--threads"],
      ["tune", "--model", "/none", "--threads"], ["evaluate", "--model", "/none", "--data", "/none", "--threads"],
    ] {
      let many = try accelerator(arguments: arguments + ["\(cores * 2)"])
      let warnings = many.errors.components(separatedBy: "on \(cores) core").count - 1
      #expect(many.status == 2 && warnings == 1, "\(arguments): \(many.errors)")
      #expect(try accelerator(arguments: arguments + ["0"]).status == 2)
      let one = try accelerator(arguments: arguments + ["1"])
      #expect(!one.errors.contains("warning"))
    }
  }

  @Test func resultsThatCannotBeWrittenAreAFailure() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
    for (command, statuses) in [
      ("\"$0\" zoo list > /dev/full", [1]), ("\"$0\" zoo list >&-", [1]), ("\"$0\" inspect x3d_xs > /dev/full", [1]),
      // By the signal, or by the error where whoever starts the command ignores it.
      ("\"$0\" inspect x3d_xs | true; exit ${PIPESTATUS[0]}", [141, 1]), ("\"$0\" --help > /dev/full", [1]),
      ("\"$0\" doctor < /dev/null 2>&- > /dev/null", [0]),
    ] as [(String, [Int32])] {
      let result = try shell(command, in: folder)
      #expect(statuses.contains(result.status), "\(command): \(result.status) \(result.errors)")
    }
  }

  @Test func coloursAreForTerminalsOnly() throws {
    let result = try accelerator("classify", "/none.mp4")
    #expect(result.status == 2 && !result.errors.contains("\u{1B}"))
    #expect(result.errors.hasPrefix("accelerator: "))
  }

  @Test func namesWithControlCharactersAreEscaped() throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let odd = "\(folder)/a\u{1B}[31mred\nline.mp4"
      try FileManager.default.copyItem(atPath: video, toPath: odd)
      let labels = "\(folder)/labels.txt"
      try "un\u{1B}[2J\ndeux\ntrois\nquatre\ncinq\n".write(toFile: labels, atomically: true, encoding: .utf8)
      let good = try accelerator("classify", odd, "--model", model, "--labels", labels)
      #expect(good.status == 0 && !good.output.contains("\u{1B}"), "\(good.output)")
      #expect(good.output.contains(#"a\u{1b}[31mred\u{a}line.mp4"#) && good.output.contains(#"un\u{1b}[2J"#))
      let bad = try accelerator("classify", odd + "x", "--model", "\u{1B}[31m")
      #expect(bad.status == 2 && !bad.errors.contains("\u{1B}"))
    }
  }
}
