import CPU
import Foundation
import IR
import Models
import Passes
import Tensors
import VideoAccelerator

/// A model that computes each frame once beside the same model on whole clips, measured in turns.
struct StreamBenchmark {
  private let model: Model
  private let report: ContinualReport
  private let clip: Session
  private let step: Session
  /// The milliseconds of runs on clips and of steps, ascending.
  private var clipTimes: [Double] = []
  private var stepTimes: [Double] = []

  /// Prepares a model and its continual form for clips of a shape.
  init(_ model: Model, _ continual: ContinualModel, clipShape: [Int], threads: Int) throws {
    self.model = model
    report = continual.report
    clip = try Session(model.plan(inputShapes: [clipShape]), threads: threads)
    step = try Session(
      continual.model.plan(inputShapes: [ContinualReport.stepShape(of: clipShape)]), threads: threads)
  }

  /// Measures some runs on clips, and as many steps after each as a clip has frames.
  mutating func measure(_ turns: Int) throws {
    let (clips, frames) = (
      RandomWeights.clips(clip.plan.inputShapes[0], seed: 1), RandomWeights.clips(step.plan.inputShapes[0], seed: 1)
    )
    try clip.warmUp([clips])
    try step.warmUp([frames])
    let clock = ContinuousClock()
    func time(_ session: Session, _ input: Tensor) throws -> Double {
      let begin = clock.now
      _ = try session.run(input)
      return (clock.now - begin) / .milliseconds(1)
    }
    for turn in 0..<turns {
      Terminal.progress("turn \(turn + 1) of \(turns)")
      clipTimes.append(try time(clip, clips))
      for _ in 0..<report.clipLength { stepTimes.append(try time(step, frames)) }
    }
    Terminal.endProgress()
    clipTimes.sort()
    stepTimes.sort()
  }

  /// The results as JSON.
  var json: JSON {
    func latency(_ times: [Double]) -> JSON {
      [
        "min": .rounded(times[0], 4), "median": .rounded(times.quantile(0.5), 4),
        "p99": .rounded(times.quantile(0.99), 4),
      ]
    }
    return [
      "model": .string(model.name), "precision": .string(model.precision.rawValue), "threads": JSON(step.threads),
      "isa": .string(step.plan.isa.rawValue), "clip_shape": JSON(clip.plan.inputShapes[0]),
      "receptive_field": JSON(report.timing.receptiveField), "delay": JSON(report.timing.delay),
      "warm_up_steps": JSON(report.timing.warmUpSteps), "state_bytes": JSON(report.stateBytes),
      "step_multiply_adds": JSON(report.stepMultiplyAdds), "clip_multiply_adds": JSON(report.clipMultiplyAdds),
      "step_latency_ms": latency(stepTimes), "clip_latency_ms": latency(clipTimes),
    ]
  }

  /// The results as a table.
  var text: String {
    let (median, whole) = (stepTimes.quantile(0.5), clipTimes.quantile(0.5))
    let costs = [report.stepMultiplyAdds, report.clipMultiplyAdds].map { (Double($0) / 1e6).fixed(0) }
    let ratio = Double(report.clipMultiplyAdds) / Double(max(report.stepMultiplyAdds, 1))
    var table = TextTable()
    table.add([
      "model",
      "\(model.name), \(model.precision.rawValue), \(step.plan.isa), \(step.threads.of("thread"))",
    ])
    table.add(["frame", step.plan.inputShapes.shapeText])
    let timing = report.timing
    table.add([
      "window",
      "\(timing.receptiveField) frames, a delay of \(timing.delay); valid after \(timing.warmUpSteps) steps",
    ])
    table.add(["multiply-adds", "\(costs[0]) M for a frame, \(costs[1]) M for a clip: \(ratio.fixed(1)) ×"])
    table.add([
      "latency",
      "\(median.fixed(2)) ms for a frame (p99 \(stepTimes.quantile(0.99).fixed(2))), \(whole.fixed(2)) ms for a clip: \((whole / median).fixed(1)) ×",
    ])
    table.add(["states", report.stateBytes.byteText])
    return table.text
  }
}
