#if Server
  import Foundation
  import GRPCCore
  import Reports
  import Serving
  import Tensors
  import VideoAccelerator

  /// The Open Inference Protocol (KServe v2) over gRPC.
  struct InferenceService: Inference_GRPCInferenceService.SimpleServiceProtocol {
    let services: Services

    func serverLive(
      request: Inference_ServerLiveRequest, context: GRPCCore.ServerContext
    ) async throws -> Inference_ServerLiveResponse { .with { $0.live = true } }

    func serverReady(
      request: Inference_ServerReadyRequest, context: GRPCCore.ServerContext
    ) async throws -> Inference_ServerReadyResponse { .with { $0.ready = services.isReady } }

    func modelReady(
      request: Inference_ModelReadyRequest, context: GRPCCore.ServerContext
    ) async throws -> Inference_ModelReadyResponse {
      do {
        _ = try model(request.name, request.version)
        return .with { $0.ready = true }
      } catch let error as RPCError where error.code == .unavailable {
        return .with { $0.ready = false }
      }
    }

    func serverMetadata(
      request: Inference_ServerMetadataRequest, context: GRPCCore.ServerContext
    ) async throws -> Inference_ServerMetadataResponse {
      .with {
        $0.name = ServerName.name
        $0.version = VideoAcceleratorVersion.version
        $0.extensions = ServerName.extensions
      }
    }

    func modelMetadata(
      request: Inference_ModelMetadataRequest, context: GRPCCore.ServerContext
    ) async throws -> Inference_ModelMetadataResponse {
      let model = try model(request.name, request.version)
      func metadata(_ value: InferenceValue) -> Inference_ModelMetadataResponse.TensorMetadata {
        .with { ($0.name, $0.datatype, $0.shape) = (value.name, value.datatype, value.shape.map(Int64.init)) }
      }
      return .with {
        ($0.name, $0.versions, $0.platform) = (model.name, [ServedModel.version], ServerName.platform)
        $0.inputs = model.inputs.map(metadata)
        $0.outputs = model.outputs.map(metadata)
      }
    }

    func modelConfig(
      request: Inference_ModelConfigRequest, context: GRPCCore.ServerContext
    ) async throws -> Inference_ModelConfigResponse {
      let model = try model(request.name, request.version)
      return .with {
        $0.config = .with { config in
          (config.name, config.platform, config.backend) = (model.name, ServerName.platform, ServerName.name)
          config.maxBatchSize = Int32(model.largestBatch)
          config.input = model.inputs.map { value in
            .with { ($0.name, $0.dataType, $0.dims) = (value.name, .init(value), model.clipDimensions(of: value)) }
          }
          config.output = model.outputs.map { value in
            .with { ($0.name, $0.dataType, $0.dims) = (value.name, .init(value), model.clipDimensions(of: value)) }
          }
        }
      }
    }

    func modelInfer(
      request: Inference_ModelInferRequest, context: GRPCCore.ServerContext
    ) async throws -> Inference_ModelInferResponse {
      let model = try model(request.modelName, request.modelVersion)
      return try await Self.explaining(services) {
        try await services.queue.run { turn in
          Inference_ModelInferResponse(try model.infer(InferenceRequest(request), turn: turn))
        }
      }
    }

    func modelStreamInfer(
      request: RPCAsyncSequence<Inference_ModelInferRequest, any Error>,
      response: RPCWriter<Inference_ModelStreamInferResponse>, context: GRPCCore.ServerContext
    ) async throws {
      for try await message in request {
        if services.isDraining { throw RPCError(ServingError.draining) }
        do {
          let answer = try await modelInfer(request: message, context: context)
          try await response.write(.with { $0.inferResponse = answer })
        } catch let error as RPCError {
          // One request's error does not end the stream.
          try await response.write(
            .with {
              $0.errorMessage = error.message
              $0.inferResponse.id = message.id
            })
        }
      }
    }

    func repositoryIndex(
      request: Inference_RepositoryIndexRequest, context: GRPCCore.ServerContext
    ) async throws -> Inference_RepositoryIndexResponse {
      .with { response in
        response.models = services.models.index.filter { !request.ready || $0.model != nil }.map { entry in
          .with {
            ($0.name, $0.version, $0.state, $0.reason) = (
              entry.name, ServedModel.version, entry.tritonState, entry.reason
            )
          }
        }
      }
    }

    func repositoryModelLoad(
      request: Inference_RepositoryModelLoadRequest, context: GRPCCore.ServerContext
    ) async throws -> Inference_RepositoryModelLoadResponse {
      try await Self.explaining(services) { try await services.change(request.modelName) { try $0.load($1) } }
      return .init()
    }

    func repositoryModelUnload(
      request: Inference_RepositoryModelUnloadRequest, context: GRPCCore.ServerContext
    ) async throws -> Inference_RepositoryModelUnloadResponse {
      try await Self.explaining(services) { try await services.change(request.modelName) { try $0.unload($1) } }
      return .init()
    }

    private func model(_ name: String, _ version: String) throws -> ServedModel {
      do { return try services.model(name, version: version) } catch { throw RPCError(error) }
    }

    /// Turns errors into those of gRPC, which name no files of this machine.
    private static func explaining<Result>(
      _ services: Services, _ body: () async throws -> Result
    ) async throws -> Result {
      do {
        return try await body()
      } catch let error as ServingError {
        throw RPCError(error)
      } catch is CancellationError {
        throw RPCError(code: .cancelled, message: "the request was given up")
      } catch let error as any UserFacingError where error.isBadInput && !(error is FileError) {
        throw RPCError(code: .invalidArgument, message: "\(error)")
      } catch {
        services.logger.error("an RPC failed", metadata: ["error": "\(error)"])
        throw RPCError(code: .internalError, message: "the server failed; its log says more")
      }
    }
  }

  /// Lets those through who have the server's token.
  struct TokenInterceptor: ServerInterceptor {
    let gate: Gate

    func intercept<Input: Sendable, Output: Sendable>(
      request: StreamingServerRequest<Input>, context: GRPCCore.ServerContext,
      next:
        @Sendable (StreamingServerRequest<Input>, GRPCCore.ServerContext) async throws
        -> StreamingServerResponse<Output>
    ) async throws -> StreamingServerResponse<Output> {
      let isProbe = ["ServerLive", "ServerReady"].contains(context.descriptor.method)
      let sent = Array(request.metadata[stringValues: "authorization"]).first
      if !isProbe { do { try gate.check(authorization: sent) } catch { throw RPCError(error) } }
      return try await next(request, context)
    }
  }

  extension RPCError {
    init(_ error: ServingError) {
      let code: RPCError.Code =
        switch error {
        case .request, .cannot, .method, .mediaType, .video: .invalidArgument
        case .unauthorized: .unauthenticated
        case .otherSite: .permissionDenied
        case .notFound, .unknownModel, .noFile: .notFound
        case .tooLarge: .resourceExhausted
        case .tooSlow, .takesTooLong: .deadlineExceeded
        case .busy, .draining, .notLoaded: .unavailable
        }
      self.init(code: code, message: "\(error)")
    }
  }

  extension Inference_DataType {
    init(_ value: InferenceValue) {
      let names: [String: Inference_DataType] = [
        "BOOL": .typeBool, "UINT8": .typeUint8, "UINT16": .typeUint16, "UINT32": .typeUint32, "UINT64": .typeUint64,
        "INT8": .typeInt8, "INT16": .typeInt16, "INT32": .typeInt32, "INT64": .typeInt64, "FP16": .typeFp16,
        "FP32": .typeFp32, "FP64": .typeFp64, "BF16": .typeBf16,
      ]
      self = names[value.datatype] ?? .typeInvalid
    }
  }
#endif
