import Foundation
import TestSupport
import Testing
import VideoAccelerator

/// Exit codes are part of the interface: 0 done, 1 failure, 2 wrong usage or bad input, 3 done but for some inputs, 130
/// interrupted.
@Suite struct ExitStatusTests {
  @Test func helpListsTheCodesCompletionsAndCommandsWithin80Columns() throws {
    let help = try accelerator("--help", environment: ["COLUMNS": "80"]).output
    for text in ["EXIT CODES:", "130  interrupted", "--generate-completion-script"] { #expect(help.contains(text)) }
    for command in [
      [], ["classify"], ["run"], ["benchmark"], ["profile"], ["transmute"], ["deploy"], ["tune"], ["design"],
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

  @Test func moreThreadsThanCoresAreWarnedOfOnce() throws {
    try CommandLineTests.withModelAndVideo { folder, model, video in
      let cores = ProcessInfo.processInfo.activeProcessorCount
      let many = "\(cores * 2)"
      for arguments in [
        ["benchmark", "--model", model, "--iterations", "1", "--threads", many],
        ["classify", video, "--model", model, "--threads", many],
        ["classify", video, video, "--model", model, "--jobs", many],
        ["profile", "--model", model, "--iterations", "1", "--threads", many],
      ] {
        let result = try accelerator(arguments: arguments)
        #expect(result.status == 0)
        #expect(
          result.errors.components(separatedBy: "on \(cores) core").count == 2, "\(arguments): \(result.errors)")
        let none = try accelerator(arguments: arguments.dropLast() + ["0"])
        #expect(none.status == 2)
      }
      let fine = try accelerator("benchmark", "--model", model, "--iterations", "1", "--threads", "1")
      #expect(fine.errors.isEmpty)
    }
  }

  @Test func resultsThatCannotBeWrittenAreAFailure() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
    for (command, status) in [
      ("\"$0\" zoo list > /dev/full", 1), ("\"$0\" zoo list >&-", 1), ("\"$0\" inspect x3d_xs > /dev/full", 1),
      ("\"$0\" inspect x3d_xs | true; exit ${PIPESTATUS[0]}", 141), ("\"$0\" --help > /dev/full", 1),
      ("\"$0\" doctor < /dev/null 2>&- > /dev/null", 0),
    ] {
      let result = try shell(command, in: folder)
      #expect(result.status == status, "\(command): \(result.status) \(result.errors)")
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
