#if Server
  import Hummingbird
  import NIOCore

  /// What a request's handlers know beside the request.
  struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection, by which its end is noticed.
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
      coreContext = .init(source: source)
      channel = source.channel
    }
  }
#endif
