import CPU
import IR
import Models
import Preprocessing
import Tensors

/// Runs a model on the newest frames: each by itself if the model has states, else on clips that overlap.
struct ClipRunner {
  let session: Session
  let inputs: ClipInputs
  /// The number of frames from one run to the next.
  let stride: Int
  /// When outputs are valid; nil if all are.
  let timing: StepTiming?
  /// The newest frames, `[1, 3, 1, H, W]` each: at most as many as a clip has, the newest one last.
  var frames: [Tensor] = []
  /// The number of frames until the next run.
  var missing: Int
  /// The number of runs, up to that of the warm-up.
  var runs = 0

  init(_ run: StreamSetting.Run, threads: Int) throws {
    session = try Session(run.model.plan(inputShapes: run.inputs.shapes), threads: threads)
    inputs = run.inputs
    stride = run.stride
    timing = run.model.stepTiming
    missing = inputs.clip.frameCount
  }

  /// The number of frames that an output depends on; nil if states may depend on all.
  var receptiveField: Int? { timing == nil && !session.plan.states.isEmpty ? nil : warmUpFrames + 1 }

  /// The number of runs before the first one with a valid output.
  var warmUpRuns: Int { timing?.warmUpSteps ?? 0 }

  /// The number of frames before the one with the first output.
  var warmUpFrames: Int { inputs.clip.frameCount - 1 + warmUpRuns * stride }

  /// Takes a frame; returns the model's first output if a run is due and has a valid one.
  mutating func push(_ frame: Tensor) throws -> Tensor? {
    if frames.count == inputs.clip.frameCount { frames.removeFirst() }
    frames.append(frame)
    missing -= 1
    guard missing == 0 else { return nil }
    missing = stride
    let output = try session.run(inputs.tensors(of: Tensor.joiningFrames(frames)))[0]
    guard runs >= warmUpRuns else {
      runs += 1
      return nil
    }
    return output
  }

  /// Forgets all frames.
  mutating func reset() {
    session.reset()
    frames = []
    missing = inputs.clip.frameCount
    runs = 0
  }
}
