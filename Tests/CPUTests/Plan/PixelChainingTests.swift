import Testing

@testable import CPU

/// Which steps come together in chains, and in what order.
@Suite struct PixelChainingTests {
  /// A step of some pixels.
  private struct Pixels: PixelStep {
    let pixelCount: Int?
    var kernelName: String { "pixels" }
    func run(_ memory: WorkerMemory, pixels: Range<Int>) {}
  }

  /// A step that makes pixels of rows.
  private struct Rows: PixelProducer {
    let pixelCount: Int?
    var kernelName: String { "rows" }
    func run(_ memory: WorkerMemory) {}
    func run(_ memory: WorkerMemory, done: (Range<Int>) -> Void) {}
  }

  private struct Other: Step {
    let isMovable: Bool
    var kernelName: String { "other" }
    func run(_ memory: WorkerMemory) {}
  }

  private typealias Entry = (step: any Step, reads: [Int], writes: [Int])

  private func order(_ entries: [Entry]) -> [[Int]] {
    let accesses = entries.map {
      PixelChaining.Access(reads: Set($0.reads.map { .arena($0) }), writes: Set($0.writes.map { .arena($0) }))
    }
    return PixelChaining(entries.map(\.step), accesses).order
  }

  @Test func stepsOfTheSamePixelsAreAChain() {
    #expect(order([(Pixels(pixelCount: 8), [0], [1]), (Pixels(pixelCount: 8), [1], [2])]) == [[0, 1]])
    #expect(order([(Pixels(pixelCount: 8), [0], [1]), (Pixels(pixelCount: 4), [1], [2])]) == [[0], [1]])
    #expect(order([(Pixels(pixelCount: 8), [0], [1]), (Pixels(pixelCount: nil), [1], [2])]) == [[0], [1]])
  }

  @Test func whatHasNothingToDoWithAChainIsDoneBeforeIt() {
    let entries: [Entry] = [
      (Pixels(pixelCount: 8), [0], [1]), (Other(isMovable: true), [5], [6]), (Pixels(pixelCount: 8), [1, 6], [2]),
    ]
    #expect(order(entries) == [[1], [0, 2]])
  }

  @Test func whatNeedsAChainIsDoneAfterIt() {
    let entries: [Entry] = [
      (Pixels(pixelCount: 8), [0], [1]), (Other(isMovable: true), [1], [6]), (Pixels(pixelCount: 8), [1], [2]),
      (Other(isMovable: true), [6], [7]),
    ]
    #expect(order(entries) == [[0, 2], [1], [3]])
  }

  @Test func whatNeedsAllOfAChainBeginsAnother() {
    let entries: [Entry] = [
      (Pixels(pixelCount: 8), [0], [1]), (Other(isMovable: true), [1], [6]), (Pixels(pixelCount: 8), [1, 6], [2]),
    ]
    #expect(order(entries) == [[0], [1], [2]])
  }

  @Test func whatWritesOverAnOperandWaitsForIt() {
    let entries: [Entry] = [
      (Pixels(pixelCount: 8), [0], [1]), (Other(isMovable: true), [5], [0]), (Pixels(pixelCount: 8), [1], [2]),
    ]
    #expect(order(entries) == [[0, 2], [1]])
  }

  @Test func otherStepsKeepTheirPlace() {
    let entries: [Entry] = [
      (Pixels(pixelCount: 8), [0], [1]), (Other(isMovable: false), [5], [6]), (Pixels(pixelCount: 8), [1], [2]),
    ]
    #expect(order(entries) == [[0], [1], [2]])
  }

  @Test func rowsBeginAChainButDoNotJoinOne() {
    #expect(order([(Rows(pixelCount: 8), [0], [1]), (Pixels(pixelCount: 8), [1], [2])]) == [[0, 1]])
    #expect(order([(Pixels(pixelCount: 8), [0], [1]), (Rows(pixelCount: 8), [1], [2])]) == [[0], [1]])
    // The rows above and below are read again when some are done.
    #expect(order([(Rows(pixelCount: 8), [0], [1]), (Pixels(pixelCount: 8), [1], [0])]) == [[0], [1]])
  }
}
