import PassTestSupport
import Models
import Passes
import IR
import Devices
import Architectures
import TestSupport
import Tensors
import Testing

@Suite struct TargetDeviceTests {
  @Test(arguments: TargetDevices.names) func everyTargetHasADeviceThatComputesItsFormats(_ name: String) throws {
    let target = try TargetDevices.named(name)
    let device = try target.device()
    #expect(Set(target.precisions).isSubset(of: device.precisions))
    let example = try Example("device") { Conv3dPwBnAct(4, 6)($0) }
    let model = try Transmuter(target: target).deploy(
      Model(name: "test", graph: example.graph, weights: example.weights)
    ).model
    let executable = try model.executable(inputShapes: [example.input.shape], on: [device])
    let result = try executable.makeRunner(threads: 1).run([example.input])[0]
    let expected = try example.program().outputs(example.input)[0]
    #expect(relativeError(result, expected) < device.tolerance(in: .fp32))
  }

  /// A device whose only block is the pointwise one, and which fuses nothing.
  struct PlainDevice: TargetDevice {
    let name = "plain"
    let precisions = [Precision.fp32]
    let rules = [ConvolutionRules.pointwise]
    func passes(transmutingBy rules: [Rewrite]) -> [Pass] { [.foldBatchNorm, Pass("transmute", rules)] }
  }

  @Test func aDeviceOfTheUsersHasItsOwnRulesAndPasses() throws {
    let example = try Example("device") {
      Conv3d(6, 6, kernel: [3, 1, 1])(
        BatchNorm(6)(Conv3d(4, 6, kernel: [1, 1, 1])($0)).applying(Operations.Activation(.relu)))
    }
    let deployed = try Transmuter(target: PlainDevice()).deploy(
      Model(name: "test", graph: example.graph, weights: example.weights), inputShapes: [[1, 4, 3, 2, 2]])
    #expect(deployed.program.operations == ["pointwise", "activation", "convolution"])
    #expect(
      deployed.report.notOnEfficientBlocks.map(\.reasons) == [
        ["plain has no efficient block for activation"], ["plain has no efficient block for convolution"],
      ])
    // 3·2·2 positions of 6·4 against 1·2·2 of 6·6·3.
    #expect(deployed.report.efficientShare == 288 / Double(288 + 432))
    try example.program().expectSame(deployed.program, on: example.input)
  }
}
