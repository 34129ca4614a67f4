import IR
import Tensors

/// Networks with states: what a run hands on to the next.
public enum StepNetwork {
  /// The sum of all inputs so far, `[N, 3]`.
  public static func runningSum() -> Graph {
    Graph.build(input: GraphInput(name: "x", type: ValueType(["N", 3]))) { x in
      let total = x.builder.state("total", shape: ["N", 3], initial: 0)
      let sum = total + x
      x.builder.update(total, to: sum)
      return sum
    }
  }

  /// The frame `[N, 2, 1, H, W]` of two runs before, of any element type.
  public static func delay(elementsOf type: ElementType = .float32, initial: Double = 0) -> Graph {
    let frame: [Dimension] = ["N", 2, 1, "H", "W"]
    return Graph.build(input: GraphInput(name: "x", type: ValueType(frame, elementType: type))) { x in
      let builder = x.builder
      let first = builder.state("first", shape: frame, elementType: type, initial: initial)
      let second = builder.state("second", shape: frame, elementType: type, initial: initial)
      builder.update(second, to: first)
      builder.update(first, to: x)
      return second
    }
  }

  /// States that hand values on in all ways: along a chain that branches, in a circle, and one that stays.
  public static func relay() -> Graph {
    let frame: [Dimension] = ["N", 2, 1, "H", "W"]
    return Graph.build(input: GraphInput(name: "x", type: ValueType(frame))) { x in
      let builder = x.builder
      let names = ["first", "second", "third", "branch", "left", "right", "kept"]
      let states = names.enumerated().map { builder.state($1, shape: frame, initial: Double($0)) }
      let y = x.applying(Operations.Activation(.relu))
      for (state, next) in zip(states, [y, states[0], states[1], states[0], states[5], states[4], states[6]]) {
        builder.update(state, to: next)
      }
      return states.enumerated().reduce(x) { sum, state in
        sum + state.element * builder.constant(Tensor([Float(1 << state.offset)], shape: []))
      }
    }
  }

  /// The maximum of all frames so far.
  public static func runningMaximum() -> Graph {
    Graph.build(input: .clip(channels: 2, frames: 1)) { x in
      let most = x.builder.state("most", shape: ["N", 2, 1, "H", "W"], initial: -.infinity)
      let maximum = SymbolicTensor.concatenated([most, x], axis: 2)
        .applying(Operations.Pool(.maximum, window: Window(kernel: [2, 1, 1])))
      x.builder.update(most, to: maximum)
      return maximum
    }
  }

  /// A convolution in space, one in time over three frames and a mean over space, frame by frame `[N, 3, 1, H, W]`. The states' size is
  /// half the frame's.
  public static func temporal(channels: Int = 20) -> Graph {
    Graph.build(input: .clip(channels: 3, frames: 1)) { frame in
      let builder = frame.builder
      let stem = stem(frame, channels)
      let past = builder.state("past", shape: ["N", .fixed(channels), 2, "(H+1)/2", "(W+1)/2"], initial: 0)
      let frames = SymbolicTensor.concatenated([past, stem], axis: 2)
      builder.update(past, to: frames.applying(Operations.Slice(axis: 2, start: 1, end: 3)))
      return overTime(frames, channels)
    }
  }

  /// The same for whole clips `[N, 3, T, H, W]`, without padding in time.
  public static func temporalClip(channels: Int = 20) -> Graph {
    Graph.build(input: .clip(channels: 3)) { clip in overTime(stem(clip, channels), channels) }
  }

  private static func stem(_ x: SymbolicTensor, _ channels: Int) -> SymbolicTensor {
    let window = Window(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1])
    return x.applying(
      Operations.Convolution(window: window), x.builder.parameter("stem.weight", shape: [channels, 3, 1, 3, 3])
    ).applying(Operations.Activation(.relu))
  }

  private static func overTime(_ x: SymbolicTensor, _ channels: Int) -> SymbolicTensor {
    x.applying(
      Operations.Convolution(window: Window(kernel: [3, 1, 1]), groups: channels),
      x.builder.parameter("time.weight", shape: [channels, 1, 3, 1, 1])
    ).mean(axes: [3, 4])
  }

  /// Values that differ from input to input, in -1 ..< 1.
  public static func input(_ shape: [Int], _ number: Int) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { Float(($0 * 37 + number * 101) % 64) / 32 - 1 }, shape: shape)
  }
}
