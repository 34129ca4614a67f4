#if Server
  import HTTPTypes
  import Hummingbird
  import NIOCore
  import NIOHTTP1
  import Serving
  import Tensors

  /// Turns errors into answers that name no files of this machine.
  struct ErrorAnswers: RouterMiddleware {
    let routes: [Route]

    func handle(
      _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
      do {
        return try await next(request, context)
      } catch let error as HTTPParserError {
        // The connection answers this itself.
        throw error
      } catch {
        return answer(error, to: request, context)
      }
    }

    private func answer(_ error: any Error, to request: Request, _ context: ServerContext) -> Response {
      switch error {
      case let error as ServingError: return Response(error)
      case let error as HTTPError where error.status == .notFound:
        // Methods that the router has never heard of.
        if let route = routes.first(where: { $0.matches(request.uri.path) }) {
          return route.refusal(of: request.method)
        }
        return Response(ServingError.notFound(String(request.uri.path.prefix(200))))
      case let error as HTTPError:
        return Response(["error": .string(error.body ?? error.status.reasonPhrase)], status: error.status)
      case is CancellationError:
        // Nobody reads it, as the client has gone.
        return Response(
          ["error": "the request was given up"], status: .init(code: 499, reasonPhrase: "Client Closed Request"))
      // What is wrong with a request's JSON or inputs.
      case let error as any UserFacingError where error.isBadInput && !(error is FileError):
        return Response(["error": .string("\(error)")], status: .badRequest)
      // The client reset the connection.
      case is IOError:
        context.logger.debug("a connection was lost", metadata: ["error": "\(error)"])
        return Response(ServingError.request("the connection was lost"))
      default:
        context.logger.error("a request failed", metadata: ["error": "\(error)"])
        return Response(["error": "the server failed; its log says more"], status: .internalServerError)
      }
    }
  }
#endif
