import CPU
import DeviceTestSupport
import Devices
import IR
import TestSupport
import Tensors
import Testing

/// The CPU beside another device.
@Suite struct CPUDeviceTests {
  @Test(arguments: PartitionCheck.splits) func whateverOneDeviceTakesTheResultIsTheSame(operations: [String]) throws {
    try PartitionCheck.expectSameResult(where: operations, elseOn: CPUDevice())
  }

  @Test func aGraphThatOneDeviceTakesIsNotCut() throws {
    let graph = try PartitionCheck.graph()
    let partition = try Partition(graph, among: [CPUDevice()])
    #expect(partition.parts.count == 1 && partition.text.contains("0 changes of device"))
    #expect(try partition.compile(weights: TinyNetwork.weights(graph)) is Plan)
  }

  @Test(arguments: PartitionCheck.stateSplits) func statesGoOnWhereverTheOperationsRun(operations: [String]) throws {
    try PartitionCheck.expectSameStates(where: operations, elseOn: CPUDevice())
  }
}
