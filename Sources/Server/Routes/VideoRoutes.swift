#if Server
  import Hummingbird
  import NIOCore
  import Serving
  import Tensors

  /// What users want to know of videos: those that clients send, and those in the server's folder.
  struct VideoRoutes {
    let services: Services

    /// The most paths of a request.
    private static let mostPaths = 256

    var routes: [Route] {
      [ServedTask.classify, .timeline, .features, .shots].map { task in
        Route("/v1/\(task.rawValue)", post: { try await answer(task, $0, $1) })
      }
    }

    private func answer(_ task: ServedTask, _ request: Request, _ context: ServerContext) async throws -> Response {
      let wanted = try VideoRequest(task, parameters: request.parameters())
      // What cannot be served is refused before its body comes.
      _ = try services.models.model(wanted.model, for: task)
      try services.queue.checkRoom()
      try request.requirePlainBody()
      let type = request.mediaType
      if type == "application/json" { return try await answer(wanted, paths: request, context) }
      if type == "multipart/form-data" { return try await answer(wanted, form: request, context) }
      // What curl calls the bytes of a file.
      let plain = ["", "application/octet-stream", "application/x-www-form-urlencoded"]
      guard plain.contains(type) || type.hasPrefix("video/") else {
        throw ServingError.mediaType(
          "\(type.quoted) is no type of a video: send video/…, application/octet-stream, a form or JSON with paths")
      }
      let upload = try makeUpload(announced: request.announcedSize)
      let incoming = Incoming(upload) { try await answer(wanted, $0, context) }
      do {
        for try await bytes in request.body { try incoming.append(bytes) }
        upload.finish()
      } catch {
        throw await incoming.abandoned(error)
      }
      return Response(.object(try await incoming.answer()))
    }

    private func makeUpload(announced: Int?) throws -> Upload {
      try Upload(announced: announced, limit: services.settings.uploadLimit, budget: services.disk)
    }

    private func answer(_ wanted: VideoRequest, _ upload: Upload, _ context: ServerContext) async throws -> JSONObject {
      try await services.connections.whileConnected(to: context.channel) {
        try await services.queue.run { turn in try services.models.answer(wanted, upload: upload, turn: turn) }
      }
    }

    /// Answers a form with one file.
    private func answer(_ wanted: VideoRequest, form request: Request, _ context: ServerContext) async throws
      -> Response
    {
      // What is around the file is little.
      let limit = services.settings.uploadLimit + (1 << 16)
      let tooLarge = ServingError.tooLarge("the form has over \(limit) bytes, which is this server's limit")
      guard request.announcedSize ?? 0 <= limit else { throw tooLarge }
      var total = 0
      var reader = try MultipartReader(contentType: request.headers[.contentType] ?? "")
      var incoming: Incoming?
      var isFile = false
      do {
        for try await bytes in request.body {
          total += bytes.readableBytes
          guard total <= limit else { throw tooLarge }
          for event in try reader.read(bytes.readableBytesView) {
            switch event {
            case .part("file", _):
              guard incoming == nil else { throw ServingError.request("the form has several files: send one") }
              isFile = true
              incoming = Incoming(try makeUpload(announced: nil)) { try await answer(wanted, $0, context) }
            case .part(let name, _):
              throw ServingError.request(
                "the form has a part \(name.quoted): send one part 'file', and the rest as parameters")
            case .bytes(let bytes): if isFile { try incoming?.append(ByteBuffer(bytes: bytes)) }
            case .partEnded: isFile = false
            }
          }
        }
        try reader.finish()
      } catch {
        guard let incoming else { throw error }
        throw await incoming.abandoned(error)
      }
      guard let incoming else { throw ServingError.request("the form has no part 'file'") }
      incoming.upload.finish()
      return Response(.object(try await incoming.answer()))
    }

    /// Answers a list of paths in the server's folder.
    private func answer(_ wanted: VideoRequest, paths request: Request, _ context: ServerContext) async throws
      -> Response
    {
      guard let root = services.root else {
        throw ServingError.request("this server has no folder of videos: send the video itself")
      }
      let body = try await request.wholeBody(limit: 1 << 20, budget: services.memory)
      let json = try JSON(parsing: body.bytes, path: "the request").document(path: "the request")
      let names = try json.required("paths").strings()
      guard (1...Self.mostPaths).contains(names.count) else {
        throw ServingError.request("the request has \(names.count) paths, not 1 to \(Self.mostPaths)")
      }
      let results = try await services.connections.whileConnected(to: context.channel) { [self] in
        var results: [JSON] = []
        for name in names {
          var result: JSONObject = ["path": .string(name)]
          do {
            let answer = try await answer(wanted, name, in: root)
            for (key, value) in answer { result[key] = value }
          } catch let error as ServingError where error.isAboutVideo {
            result["error"] = .string("\(error)")
          }
          results.append(.object(result))
        }
        return results
      }
      return Response(["results": .array(results)])
    }
  }

  extension VideoRoutes {
    /// Answers about one file of a list, which waits where another request would be refused: the list was accepted.
    private func answer(_ wanted: VideoRequest, _ name: String, in root: VideoRoot) async throws -> JSONObject {
      while true {
        do {
          return try await services.queue.run { turn in
            try services.models.answer(wanted, file: name, in: root, turn: turn)
          }
        } catch ServingError.busy {
          try await Task.sleep(for: .milliseconds(100))
        }
      }
    }
  }

  extension ServingError {
    /// Whether it is about one video, and others may be fine.
    fileprivate var isAboutVideo: Bool {
      switch self {
      case .noFile, .video, .takesTooLong: true
      default: false
      }
    }
  }

  /// A video that is coming, and the answer that is being made of it meanwhile.
  private final class Incoming: Sendable {
    let upload: Upload
    private let task: Task<JSONObject, any Error>

    init(_ upload: Upload, answer: @escaping @Sendable (Upload) async throws -> JSONObject) {
      self.upload = upload
      task = Task {
        do {
          return try await answer(upload)
        } catch {
          // What comes after that is of no use.
          upload.fail(error)
          throw error
        }
      }
    }

    /// Appends bytes.
    ///
    /// - Throws: The error of the answer, if it failed; what appending throws.
    func append(_ bytes: ByteBuffer) throws {
      try upload.check()
      try bytes.withUnsafeReadableBytes { try upload.append($0) }
    }

    func answer() async throws -> JSONObject {
      try await withTaskCancellationHandler {
        try await task.value
      } onCancel: {
        task.cancel()
      }
    }

    /// Ends the work on a video that does not come to its end, and returns the error that was first.
    func abandoned(_ error: any Error) async -> any Error {
      upload.fail(error)
      task.cancel()
      _ = await task.result
      do { try upload.check() } catch { return error }
      return error
    }
  }
#endif
