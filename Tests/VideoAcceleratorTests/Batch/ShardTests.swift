import TestSupport
import Testing
import VideoAccelerator

/// Shards: what they are of a list, and how they are written.
@Suite struct ShardTests {
  @Test(arguments: [1, 2, 3, 8, 13], [0, 1, 5, 13, 200])
  func shardsAreDisjointAndTogetherAll(_ count: Int, _ total: Int) throws {
    let ranges = try (0..<count).map { try Shard("\($0)/\(count)", environment: [:]).range(of: total) }
    #expect(ranges.flatMap(Array.init) == Array(0..<total))
    let lengths = ranges.map(\.count)
    #expect((lengths.max() ?? 0) - (lengths.min() ?? 0) <= 1)
  }

  @Test func theIndexCanComeFromTheEnvironment() throws {
    let environment = [Shard.indexVariable: "2"]
    #expect(try Shard("/4", environment: environment) == Shard("2/4", environment: [:]))
    #expect(try Shard("1/4", environment: environment).index == 1)
    #expect("\(try Shard("/4", environment: environment))" == "2/4")
  }

  @Test(
    arguments: [
      ("4/4", "0/4 to 3/4"), ("-1/4", "0/4 to 3/4"), ("1/0", "INDEX/COUNT"), ("3", "INDEX/COUNT"), ("", "INDEX/COUNT"),
      ("1/2/3", "INDEX/COUNT"), ("a/4", "0/4 to 3/4"), ("0/99999999999999999999", "INDEX/COUNT"),
      ("/4", "JOB_COMPLETION_INDEX is not set"),
    ])
  func othersAreRefusedWithWhatToWrite(_ text: String, _ hint: String) {
    let error = thrown(BatchError.self) { try Shard(text, environment: [:]) }
    #expect(error?.description.contains(hint) == true, "\(text): \(error.map { "\($0)" } ?? "")")
  }

  @Test func anIndexOfAnotherJobIsRefused() {
    let error = thrown(BatchError.self) { try Shard("/4", environment: [Shard.indexVariable: "4"]) }
    #expect(error?.description.contains("JOB_COMPLETION_INDEX is \"4\"") == true)
  }
}
