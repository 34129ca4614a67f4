#if Server
  import HTTPTypes
  import Hummingbird
  import NIOCore
  import Reports
  import Serving
  import Tensors

  /// The Open Inference Protocol (KServe v2) over HTTP, with its extension for binary tensors.
  struct InferenceRoutes {
    let services: Services

    var routes: [Route] {
      let model = "/v2/models/{model}"
      let version = model + "/versions/{version}"
      return [Route("/v2", get: { _, _ in Response(Self.server) })]
        + [model, version].flatMap { path in
          [
            Route(path, get: { try metadata(of: served($1)) }),
            Route(path + "/ready", get: { try ready($1) }),
            Route(path + "/config", get: { try config(of: served($1)) }),
            Route(path + "/infer", post: infer),
          ]
        }
    }

    private static var server: JSON {
      [
        "name": .string(ServerName.name), "version": .string(VideoAcceleratorVersion.version),
        "extensions": JSON(ServerName.extensions),
      ]
    }

    /// Returns the model of the path.
    private func served(_ context: ServerContext) throws -> ServedModel {
      let version = context.parameters.get("version") == nil ? "" : try context.part("version")
      return try services.model(context.part("model"), version: version)
    }

    private func metadata(of model: ServedModel) -> Response {
      func json(_ values: [InferenceValue]) -> JSON {
        .array(
          values.map { ["name": .string($0.name), "datatype": .string($0.datatype), "shape": JSON($0.shape)] })
      }
      return Response([
        "name": .string(model.name), "versions": JSON([ServedModel.version]), "platform": .string(ServerName.platform),
        "inputs": json(model.inputs), "outputs": json(model.outputs),
      ])
    }

    private func ready(_ context: ServerContext) throws -> Response {
      let isReady: Bool
      do { isReady = try !served(context).name.isEmpty } catch ServingError.notLoaded { isReady = false }
      return Response(["ready": .bool(isReady)], status: isReady ? .ok : .notFound)
    }

    /// The model's configuration, as Triton tells it.
    private func config(of model: ServedModel) -> Response {
      func json(_ values: [InferenceValue]) -> JSON {
        .array(
          values.map { value in
            [
              "name": .string(value.name), "data_type": .string("TYPE_\(value.datatype)"),
              "dims": .array(model.clipDimensions(of: value).map { .integer($0) }),
            ]
          })
      }
      return Response([
        "name": .string(model.name), "platform": .string(ServerName.platform), "backend": .string(ServerName.name),
        "max_batch_size": JSON(model.largestBatch), "input": json(model.inputs),
        "output": json(model.outputs),
      ])
    }

    private var infer: Route.Handler {
      { request, context in
        let model = try served(context)
        let size = try request.headers[.headerSize].map { field in
          guard let size = Int(field) else {
            throw ServingError.request("Inference-Header-Content-Length is not a number: \(field.quoted)")
          }
          return size
        }
        // JSON needs more memory than it has bytes, while it is read.
        let json = min(size ?? request.announcedSize ?? 0, EncodedInferenceRequest.largestJSON)
        let extra = max(0, json) * EncodedInferenceRequest.memoryOfJSON
        try services.memory.take(extra)
        defer { services.memory.give(extra) }
        let body = try await request.wholeBody(limit: services.settings.bodyLimit, budget: services.memory)
        let (bytes, headerSize) = try await services.connections.whileConnected(to: context.channel) {
          try await services.queue.run { turn in
            let encoded = try EncodedInferenceRequest(body.bytes, headerSize: size)
            return try model.infer(encoded.request, turn: turn).encoded(for: encoded)
          }
        }
        guard let headerSize else { return Response(bytes: bytes, type: "application/json") }
        return Response(bytes: bytes, type: "application/octet-stream", headers: [.headerSize: "\(headerSize)"])
      }
    }
  }
#endif
