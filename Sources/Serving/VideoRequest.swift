import Preprocessing
import Reports
import Tensors
import VideoAccelerator

/// What a client wants to know of a video.
public struct VideoRequest: Sendable, Equatable {
  /// What is computed.
  public var task: ServedTask
  /// The name of the model; nil for the default one.
  public var model: String?
  /// The number of classes.
  public var top: Int
  /// The clips and crops to average over.
  public var views: VideoViews
  /// Of a timeline, the seconds from one clip to the next; nil for half a clip.
  public var step: Double?
  /// Of shots, the score above which a frame is a transition.
  public var threshold: Float

  /// Creates a request.
  public init(
    _ task: ServedTask, model: String? = nil, top: Int = 5, views: VideoViews = VideoViews(), step: Double? = nil,
    threshold: Float = ShotDetector.threshold
  ) {
    (self.task, self.model, self.top, self.views) = (task, model, top, views)
    (self.step, self.threshold) = (step, threshold)
  }

  /// Creates a request from a query's parameters.
  ///
  /// - Throws: ``ServingError/request(_:)`` if a parameter is not known or out of range.
  public init(_ task: ServedTask, parameters: [(name: String, value: String)]) throws(ServingError) {
    self.init(task)
    for (name, value) in parameters {
      switch (name, task) {
      case ("model", _): model = value
      case ("top", .classify), ("top", .timeline): top = try Self.number(name, value, in: 1...100_000)
      case ("views", .classify), ("views", .features): views.clips = try Self.number(name, value, in: 1...1000)
      case ("crops", .classify), ("crops", .features), ("crops", .timeline):
        guard let count = Int(value), count == 1 || count == 3 else {
          throw .request("crops is 1 or 3, not \(value.quoted)")
        }
        views.crops = count == 3 ? SpatialCrop.three : [.center]
      case ("step", .timeline): step = try Self.number(name, value, in: 0.01...3600)
      case ("threshold", .shots):
        threshold = try Self.number(name, value, in: 0...1)
        guard threshold > 0, threshold < 1 else { throw .request("threshold is between 0 and 1, not \(value.quoted)") }
      default: throw .request("there is no parameter \(name.quoted) of \(task.rawValue)")
      }
    }
  }

  private static func number<Number: LosslessStringConvertible & Comparable>(
    _ name: String, _ text: String, in range: ClosedRange<Number>
  ) throws(ServingError) -> Number {
    guard let number = Number(text), range.contains(number) else {
      throw .request("\(name) is \(range.lowerBound) to \(range.upperBound), not \(text.quoted)")
    }
    return number
  }
}

extension ModelRepository {
  /// Computes what a client wants to know of a video that it sends.
  ///
  /// - Throws: ``ServingError``, also for a video that cannot be used; what running the model throws.
  public func answer(_ request: VideoRequest, upload: Upload, turn: Turn) throws -> JSONObject {
    do {
      let answer = try answer(request, video: ArrivingVideo(AwaitedUpload(upload, turn: turn)), turn: turn)
      // What came so far may have been enough for an answer, but not for one about the whole video.
      try turn.waitForClient { try upload.waitForEnd() }
      return answer
    } catch {
      try turn.checkCancellation()
      try upload.check()
      throw Self.explained(error)
    }
  }

  /// Computes what a client wants to know of a file of the server's.
  ///
  /// - Parameters:
  ///   - request: What the client wants to know.
  ///   - name: The path of the file in the folder, which errors name.
  ///   - root: The folder.
  ///   - turn: The request's turn.
  /// - Throws: As for an upload; ``ServingError/noFile(_:)``.
  public func answer(_ request: VideoRequest, file name: String, in root: VideoRoot, turn: Turn) throws -> JSONObject {
    do { return try answer(request, video: ArrivingVideo(root.open(name)), turn: turn) } catch {
      try turn.checkCancellation()
      throw Self.explained(error, name: name)
    }
  }

  private func answer(_ request: VideoRequest, video input: some VideoInput, turn: Turn) throws -> JSONObject {
    let video = LimitedVideo(input: input, limits: limits, step: request.step)
    let watch = VideoWatch(interruption: turn.check)
    let model = try model(request.model, for: request.task)
    var fields: JSONObject = ["model": .string(model.name)]
    let damage: String?
    switch request.task {
    case .classify:
      let classes = try model.videoClassifier(for: .classify).classify(video, views: request.views, watch: watch)
      fields.add(classes.fields(top: request.top))
      fields["decode_ms"] = .rounded(classes.decodeMilliseconds)
      fields["inference_ms"] = .rounded(classes.inferenceMilliseconds)
      damage = classes.damage
    case .timeline:
      let timeline = try model.videoClassifier(for: .timeline).timeline(
        of: video, step: request.step, crops: request.views.crops, smoothing: .init(), watch: watch)
      fields["duration_s"] = .rounded(timeline.duration)
      fields["timeline"] = timeline.json(top: request.top)
      damage = timeline.damage
    case .features:
      let features = try model.featureClassifier().features(of: video, views: request.views, watch: watch)
      fields.add(features.fields)
      damage = features.damage
    case .shots:
      let shots = try model.shotDetector().shots(of: video, threshold: request.threshold, watch: watch)
      fields.add(shots.fields)
      damage = shots.damage
    case .streams: throw ServingError.notFound("a stream of a file")
    }
    if let damage { fields["damage"] = .string(damage) }
    return fields
  }

  /// Returns an error about a video as one that a client can act on.
  private static func explained(_ error: any Error, name: String = "the video") -> any Error {
    guard !(error is ServingError), !(error is CancellationError), let reason = VideoFault.reason(error, isAbout: name)
    else { return error }
    return ServingError.video(reason)
  }
}

extension JSONObject {
  fileprivate mutating func add(_ fields: JSONObject) { for (key, value) in fields { self[key] = value } }
}
