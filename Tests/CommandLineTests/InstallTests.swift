import Tensors
import Zoo
import Foundation
import TestSupport
import Testing
import VideoAccelerator

/// The command away from where it was built: installed, moved, linked to, and without its models.
@Suite struct InstallTests {
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("scripts/install").path

  @Test func anInstalledCommandHasModelsCompletionsAndAManPage() throws {
    try withTemporaryFolder { folder in
      let install = try shell("\(Self.script) --program \"$0\" '\(folder)/my prefix'", in: folder)
      #expect(install.status == 0, "\(install.errors)")
      let prefix = "\(folder)/my prefix"
      for file in [
        "share/bash-completion/completions/accelerator", "share/zsh/site-functions/_accelerator",
        "share/fish/vendor_completions.d/accelerator.fish",
      ] { #expect(try contents("\(prefix)/\(file)").count > 1000) }
      let manual = String(decoding: try contents("\(prefix)/share/man/man1/accelerator.1"), as: UTF8.self)
      for text in [".TH ACCELERATOR 1", ".SH ACCELERATOR CLASSIFY", "EXIT CODES", "\\-\\-views"] {
        #expect(manual.contains(text), "\(text)")
      }
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/link", withDestinationPath: "\(prefix)/bin/accelerator")
      for program in ["'\(prefix)/bin/accelerator'", "./link"] {
        let doctor = try shell("\(program) doctor --format json", in: folder)
        #expect(doctor.json?["bundled_models"] == JSON(BundledModel.all.map(\.name)), "\(doctor.errors)")
        #expect(try shell("\(program) zoo show camera_motion", in: folder).output.contains("pan left"))
      }
    }
  }

  @Test func aCommandWithoutItsModelsSaysSo() throws {
    try withTemporaryFolder { folder in
      #expect(try shell("cp \"$0\" accelerator", in: folder).status == 0)
      let doctor = try shell("./accelerator doctor", in: folder)
      #expect(doctor.status == 0 && doctor.output.contains("missing: a bundled model: camera_motion"))
      let classify = try shell("./accelerator classify x.mp4", in: folder)
      #expect(classify.status == 1 && classify.errors.contains("its files are missing"), "\(classify.errors)")
      #expect(classify.errors.contains("scripts/install"))
      #expect(try shell("./accelerator zoo list", in: folder).output.contains("x3d_xs"))
    }
  }
}
