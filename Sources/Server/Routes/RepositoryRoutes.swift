#if Server
  import Hummingbird
  import Serving
  import Tensors

  /// The models of the server: which there are, and loading and unloading them (Triton's model repository extension).
  struct RepositoryRoutes {
    let services: Services

    var routes: [Route] {
      let model = "/v2/repository/models/{model}"
      return [
        Route("/v2/repository/index", post: index),
        Route(model + "/load", post: { try await change($1, { try $0.load($1) }) }),
        Route(model + "/unload", post: { try await change($1, { try $0.unload($1) }) }),
        Route("/v1/models", get: { _, _ in models }),
      ]
    }

    private var index: Route.Handler {
      { request, _ in
        let body = try await request.wholeBody(limit: 4096, budget: services.memory)
        let wanted =
          body.bytes.isEmpty
          ? nil
          : try JSON(parsing: body.bytes, path: "the request").document(path: "the request").optional("ready")?.bool()
        let entries = services.models.index.filter { wanted != true || $0.model != nil }.map { entry -> JSON in
          [
            "name": .string(entry.name), "version": .string(ServedModel.version), "state": .string(entry.tritonState),
            "reason": .string(entry.reason),
          ]
        }
        return Response(.array(entries))
      }
    }

    private func change(
      _ context: ServerContext, _ change: @escaping @Sendable (ModelRepository, String) throws -> Void
    ) async throws -> Response {
      try await services.change(context.part("model"), change)
      return Response([:])
    }

    private var models: Response {
      let index = services.models.index
      let fields = index.map { entry -> JSON in
        var fields: JSONObject = [
          "name": .string(entry.name), "default": .bool(entry.name == services.models.defaultName),
          "state": .string(entry.model != nil ? "ready" : entry.state.rawValue),
        ]
        guard let model = entry.model else { return .object(fields) }
        fields["precision"] = .string(model.model.precision.rawValue)
        fields["tasks"] = JSON(model.tasks.map(\.rawValue))
        if model.tasks.contains(.classify) { fields["classes"] = JSON(model.outputs[0].shape.last ?? 0) }
        if let recipe = model.model.recipe {
          fields["clip"] = [
            "frames": JSON(recipe.frameCount), "sampling_rate": JSON(recipe.samplingRate),
            "frames_per_second": .number(recipe.framesPerSecond), "short_side": JSON(recipe.shortSide),
            "crop": JSON(recipe.cropSize), "duration_s": .number(recipe.duration),
          ]
        }
        return .object(fields)
      }
      return Response(["models": .array(fields)])
    }
  }
#endif
