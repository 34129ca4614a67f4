import CPU
import Tensors
import Testing

/// The loops that say what a processor can do, do what they say.
@Suite struct PeakLoopTests {
  @Test(arguments: ISA.available)
  func readingVisitsEveryNumber(_ isa: ISA) {
    let count = 8 * KernelSet(isa).width * 5
    let tensor = Tensor((0..<count).map { Float($0 % 7) }, shape: [count])
    #expect(PeakLoop.read(tensor, isa: isa) == tensor.elements(as: Float.self).reduce(0, +))
    #expect(PeakLoop.read(Tensor(zeros: [0]), isa: isa) == 0)
  }

  @Test(arguments: ISA.available)
  func multiplyAddsAreCounted(_ isa: ISA) {
    let one = PeakLoop.run(isa: isa, iterations: 1)
    #expect(one > 0 && PeakLoop.run(isa: isa, iterations: 10) == 10 * one)
  }
}
