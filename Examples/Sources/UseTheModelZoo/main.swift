// The program of the article "Use the model zoo: fine-tune and deploy".
import Foundation
import VideoAccelerator

// The article's videos: heads that nod, and heads that are shaken.
let folder = NSTemporaryDirectory() + "/model-zoo-\(getpid())"
let videos = "\(folder)/videos"
try makeVideos(videos)

let model = try Model("camera_motion")
let video = URL(fileURLWithPath: "\(videos)/nod/0.mp4")
for prediction in try VideoClassifier(model).classify(video).top(3) {
  print(prediction.label, prediction.score)
}

let split = try DataSplit(at: videos)
print(split.training.classes, split.training.samples.count, split.validation.samples.count)

var settings = TrainingSettings()
settings.epochs = 12
settings.batchSize = 4
settings.learningRate = LearningRate(peak: 1e-3)
settings.threads = 2
var augmentation = Augmentation()
augmentation.flips = false

let mine = "\(folder)/mine"
let tuning = try FineTuning(model, split, settings: settings, augmentation: augmentation, output: mine)
let result = try tuning.run(log: { print($0) })
print("best:", result.best?.score.accuracy ?? 0)

let trained = try Model(mine)
let clips = try CalibrationFiles.clips(at: videos, for: trained, count: 16)
let quantized = try trained.deployed(for: .mobileCPU, quantizedBy: Quantizer(), clips: clips)
try quantized.model.write(to: "\(folder)/mine.accel")

let small = try Model(contentsOf: "\(folder)/mine.accel")
let classifier = try VideoClassifier(small, threads: 2)
for prediction in try classifier.classify(video).top(5) {
  print(prediction.label, prediction.score)
}

let live = try FrameClassifier(small)
let camera = try VideoReader(path: video.path)
while let frame = try camera.nextFrame() {
  guard let prediction = try live.push(frame), prediction.hasChanged else { continue }
  print(prediction.timestamp, prediction.label, prediction.score)
}

// What the article does not show: both models have learned it.
let samples = split.training.samples + split.validation.samples
for classifier in [try VideoClassifier(trained), classifier] {
  let right = try samples.count {
    try classifier.classify(VideoFile(path: $0.path)).predictions[0].index == $0.label
  }
  print("\(right) of \(samples.count) videos are right")
  guard right * 10 >= samples.count * 8 else { fatalError("too few") }
}
guard live.counters.predictions > 0 else { fatalError("the camera has shown nothing") }
try FileManager.default.removeItem(atPath: folder)
