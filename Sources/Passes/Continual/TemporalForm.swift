import IR

/// How an operation acts along the axis of frames, and what computes it for one new frame.
struct TemporalForm {
  /// A result of the operation.
  enum Result {
    /// A frame for each window of the first input, at this axis.
    case frames(axis: Int)
    /// One value for all frames of the clip: for a step, the operation for a number of the newest frames' results, which
    /// follow each other at the first input's axis. Without an operation, it is the newest frame's result.
    case summary(over: (@Sendable (_ frameCount: Int) -> any Operation)?)
  }

  /// The frames of the first input that a frame of the result depends on.
  var window = TemporalWindow()
  /// The operation on the frames of one window, without gaps; nil if frames are taken as they are.
  var operation: (any Operation)?
  /// The results, in order.
  var results: [Result]
  /// How the window's sums are kept in place of its frames; nil to keep frames.
  var sums: TemporalSums?
}

/// How a step adds its frame's share to the sums of all windows that the frame is in. Sums are kept until their windows
/// are complete; with a stride along H and W they are smaller than frames.
struct TemporalSums {
  /// The share of one frame: of the frame, the weight of its tap along time, and a bias.
  let share: any Operation
  /// The axis of time in the weight, the operation's second input; the bias is its third.
  let weightAxis: Int
  /// What makes a result of the complete sums, one operation after the other.
  let ending: [any Operation]
  /// What makes the second result of the first; nil if there is none.
  let mean: (any Operation)?
}

/// The frames of a value that frame `i` of a result depends on: `i − before + n · spacing`, for `n` below `count`.
struct TemporalWindow {
  var count = 1
  var spacing = 1
  var before = 0

  /// The distance from the first to the last frame.
  var span: Int { (count - 1) * spacing }
}

/// An operation that acts along time in a way that the continual form can compute frame by frame.
///
/// Operations on single elements (`OperationFacts.Reach.element`) act on each frame by itself and need no rule.
protocol TemporalOperation: Operation {
  /// Returns how a node with this operation acts along time.
  ///
  /// - Throws: ``TemporalRefusal`` with the reason if it cannot be computed frame by frame.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm
}

/// Why a node cannot be computed frame by frame.
struct TemporalRefusal: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}

/// A node that takes frames, with the lengths that its values have for a whole clip.
struct TemporalNode {
  /// The shape of each input.
  let inputs: [[Int]]
  /// The axis of frames of each input; nil for inputs without frames.
  let axes: [Int?]
  /// The shape of each result.
  let results: [[Int]]
  /// Whether the node runs in integers, where the mean of frames' means is not that of all their elements.
  var isInteger = false
  /// Whether the network is not quantized, so that sums can be added up in any order.
  var canKeepSums = true

  /// The first input's shape.
  var shape: [Int] { inputs[0] }

  /// Returns the first input's axis of frames. Other inputs with frames must be among `companions`, at the same axis.
  func axis(companions: [Int] = []) throws(TemporalRefusal) -> Int {
    guard let axis = axes[0] else { throw TemporalRefusal("its first input does not depend on frames, but others do") }
    for (index, other) in axes.enumerated() where index > 0 && other != nil {
      guard companions.contains(index), other == axis else {
        throw TemporalRefusal("its input \(index) depends on frames in another way than its first input")
      }
    }
    return axis
  }

  /// Returns the form of an operation that acts on each frame by itself, but not along some axes.
  func eachFrame(_ operation: any Operation, apartFrom axes: [Int]) throws(TemporalRefusal) -> TemporalForm {
    let axis = try axis()
    guard !axes.contains(axis) else { throw TemporalRefusal("it works along the axis of frames") }
    return TemporalForm(operation: operation, results: results.map { _ in .frames(axis: axis) })
  }

  /// Returns the form of an elementwise operation: frames must meet frames after broadcasting.
  func elementwise(_ operation: any Operation) throws(TemporalRefusal) -> TemporalForm {
    let rank = results[0].count
    let aligned = Set(zip(inputs, axes).compactMap { shape, axis in axis.map { $0 + rank - shape.count } })
    guard aligned.count == 1, let axis = aligned.first else {
      throw TemporalRefusal("its inputs have their frames at different axes")
    }
    return TemporalForm(operation: operation, results: results.map { _ in .frames(axis: axis) })
  }

  /// Returns the form of an operation with a window over `[N, C, …]`.
  ///
  /// - Parameters:
  ///   - window: The window.
  ///   - companions: The other inputs that are frames like the result.
  ///   - make: Returns the operation with another window.
  func sliding(
    _ window: Window, companions: [Int] = [], _ make: (Window) -> any Operation
  ) throws(TemporalRefusal) -> TemporalForm {
    let axis = try axis(companions: companions)
    let time = axis - 2
    guard window.kernel.indices.contains(time) else { throw TemporalRefusal("it works along the axis of frames") }
    guard window.stride[time] == 1 else {
      throw TemporalRefusal("its stride in time is \(window.stride[time]), so not every frame has a result")
    }
    var step = window
    (step.paddingBefore[time], step.paddingAfter[time], step.dilation[time]) = (0, 0, 1)
    return TemporalForm(
      window: TemporalWindow(
        count: window.kernel[time], spacing: window.dilation[time], before: window.paddingBefore[time]),
      operation: make(step), results: [.frames(axis: axis)])
  }
}
