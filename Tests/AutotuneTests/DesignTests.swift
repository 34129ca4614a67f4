import IR
import Architectures
import Autotune
import TestSupport
import Testing

/// A machine whose latencies follow from the work: what a search does on it is the same on every machine.
final class SyntheticMachine: LatencyMeasurer {
  let device = LatencyTable.Device(cpu: "synthetic", isa: "none", precision: "fp32", threads: 1)
  /// What a whole network takes in terms of the sum of its blocks.
  var overhead = 0.9
  private(set) var blocksMeasured = 0
  private(set) var networksMeasured = 0

  func blockLatencies(_ blocks: [Graph]) -> [Double] {
    blocksMeasured += blocks.count
    return blocks.map(Self.latency)
  }

  func networkLatency(_ network: Graph) throws -> Double {
    networksMeasured += 1
    return try network.blocks().reduce(0) { try $0 + Self.latency(network.subgraph(of: $1)) } * overhead
  }

  /// 100 million multiply-adds a millisecond, and a little for each operation.
  private static func latency(_ block: Graph) -> Double {
    Double(block.multiplyAdds().reduce(0, +)) / 1e8 + 0.001 * Double(block.nodes.count)
  }
}

extension ExpansionStep {
  /// The sizes that are set in one step each, the rate with the frames where those come faster.
  fileprivate var freeSizes: [ExpansionAxis: Int] {
    [
      .duration: size.frames, .resolution: size.side, .width: size.widthTwelfths,
      .bottleneck: size.bottleneckEighths, .depth: size.depthTenths,
    ]
  }
}

@Suite struct DesignTests {
  @Test(.slow, arguments: [1.5, 6])
  func designsMeetTheirBudgets(_ budget: Double) throws {
    for overhead in [0.7, 1.4] {
      let machine = SyntheticMachine()
      machine.overhead = overhead
      let design = try NetworkDesigner(blocks: BlockLatencies(machine)).design(budget: budget)
      #expect(design.meetsBudget, "\(design.milliseconds) ms for \(budget)")
      #expect(abs(design.overhead - overhead) < 1e-9)
      let graph = try design.size.graph(classCount: 400)
      let measured = try machine.networkLatency(graph)
      #expect(design.milliseconds == measured)
      #expect(design.step.multiplyAdds == graph.multiplyAdds().reduce(0, +))
      #expect(design.step.parameters == graph.weightCount)
    }
  }

  @Test func eachStepExpandsOneAxisAndCostsAndGains() throws {
    let design = try NetworkDesigner(blocks: BlockLatencies(SyntheticMachine())).design(budget: 12)
    #expect(design.path.count > 5)
    #expect(design.path[0].axis == nil && design.path[0].size == .smallest)
    for (before, after) in zip(design.path, design.path.dropFirst()) {
      let changed = ExpansionAxis.allCases.filter { before.freeSizes[$0] != after.freeSizes[$0] }
      if after.axis == .frameRate {
        #expect(changed == [.duration] && after.size.rate < before.size.rate)
        #expect(abs(after.size.span - before.size.span) <= after.size.frames)
      } else {
        #expect(changed == [after.axis] && after.size.rate == before.size.rate)
      }
      #expect(after.milliseconds > before.milliseconds && after.milliseconds <= 2.1 * before.milliseconds)
      #expect(after.expectedAccuracy > before.expectedAccuracy)
    }
    #expect(design.path.allSatisfy { $0.expectedAccuracy == ExpectedAccuracy.top1($0.size) })
  }

  @Test(.slow) func theSameLatenciesGiveTheSameDesign() throws {
    let machine = SyntheticMachine()
    let blocks = BlockLatencies(machine)
    let first = try NetworkDesigner(blocks: blocks).design(budget: 5)
    let measured = machine.blocksMeasured
    let again = try NetworkDesigner(blocks: blocks).design(budget: 5)
    #expect(first.path.map(\.size) == again.path.map(\.size))
    #expect(machine.blocksMeasured == measured, "what is in the table is not measured again")
  }

  @Test(.slow) func largerBudgetsGiveNetworksFromWhichMoreIsExpected() throws {
    let blocks = BlockLatencies(SyntheticMachine())
    let designs = try [2, 5, 12].map { try NetworkDesigner(blocks: blocks).design(budget: $0) }
    let accuracies = designs.map(\.step.expectedAccuracy)
    #expect(accuracies == accuracies.sorted())
  }

  @Test func absurdBudgetsAreRefusedInASentence() throws {
    let designer = NetworkDesigner(blocks: BlockLatencies(SyntheticMachine()))
    for budget in [0, -5, .nan, .infinity, 1e9] {
      let error = thrown(DesignError.self) { try designer.design(budget: budget) }
      guard case .budget = error else {
        Issue.record("\(budget): \(String(describing: error))")
        continue
      }
    }
    let small = try #require(thrown(DesignError.self) { try designer.design(budget: 0.01) })
    guard case .tooSmall(0.01, let smallest) = small else {
      Issue.record("\(small)")
      return
    }
    #expect("\(small)".contains("the smallest one takes"))
    // What the error names can be had.
    #expect(try designer.design(budget: smallest * 1.01).size == .smallest)
  }

  @Test func everyAxisHasAnEndAndRisesUntilThere() throws {
    for axis in ExpansionAxis.allCases {
      let sizes = NetworkSize.smallest.expansions(along: axis)
      #expect(sizes.count > 5, "\(axis)")
      let work = try sizes.map { try $0.graph(classCount: 10).multiplyAdds().reduce(0, +) }
      #expect(zip(work, work.dropFirst()).allSatisfy { $0 < $1 }, "\(axis)")
      #expect(try #require(sizes.last).expansions(along: axis).isEmpty, "\(axis)")
    }
  }

  @Test func thePublishedNetworksAreWithinReach() {
    let medium = NetworkSize(
      frames: 16, rate: 5, side: 224, widthTwelfths: 24, bottleneckEighths: 18, depthTenths: 22)
    var published = X3DConfiguration.m
    published.classCount = 400
    #expect(medium.configuration(classCount: 400) == published)
    #expect(NetworkSize.smallest.expansions(along: .depth).contains { $0.depth == 2.2 })
    #expect(NetworkSize.smallest.expansions(along: .width).contains { $0.width == 2 })
    #expect(NetworkSize.smallest.expansions(along: .bottleneck).contains { $0.bottleneck == 2.25 })
  }

  /// XS to XL with the top-1 accuracies of the paper's table 2.
  @Test(arguments: [
    (NetworkSize(frames: 4, rate: 12, side: 160, widthTwelfths: 24, bottleneckEighths: 18, depthTenths: 22), 68.6),
    (NetworkSize(frames: 13, rate: 6, side: 160, widthTwelfths: 24, bottleneckEighths: 18, depthTenths: 22), 72.9),
    (NetworkSize(frames: 16, rate: 5, side: 224, widthTwelfths: 24, bottleneckEighths: 18, depthTenths: 22), 74.6),
    (NetworkSize(frames: 16, rate: 5, side: 312, widthTwelfths: 24, bottleneckEighths: 18, depthTenths: 50), 76.8),
    (NetworkSize(frames: 16, rate: 5, side: 312, widthTwelfths: 35, bottleneckEighths: 18, depthTenths: 50), 78.4),
  ])
  func theRuleOfThumbGivesThePublishedAccuracies(_ size: NetworkSize, top1: Double) {
    #expect(abs(ExpectedAccuracy.top1(size) - top1) < 0.05)
  }
}
