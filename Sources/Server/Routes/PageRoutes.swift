#if Server
  import HTTPTypes
  import Hummingbird
  import Serving

  /// The page at `/`, its files, and the description of this server's interface. All are in the program itself.
  struct PageRoutes {
    private static let policy = """
      default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
      connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'
      """

    var routes: [Route] {
      [
        Route("/", isOpen: true, get: { _, _ in try Self.answer("index.html") }),
        Route("/page/{name}", isOpen: true, get: { try Self.answer($1.part("name")) }),
        Route("/openapi.yaml", isOpen: true, get: { _, _ in try Self.answer("openapi.yaml") }),
      ]
    }

    private static func answer(_ name: String) throws -> Response {
      guard let file = PageFile.all[name] else { throw ServingError.notFound(name) }
      return Response(
        bytes: file.bytes, type: file.type,
        headers: [
          .contentSecurityPolicy: policy, .cacheControl: "no-cache",
          .referrerPolicy: "no-referrer",
        ])
    }
  }

  /// A file of the page.
  struct PageFile: Sendable {
    let type: String
    let bytes: [UInt8]

    /// The files, by name.
    static let all: [String: PageFile] = [
      "index.html": PageFile(type: "text/html; charset=utf-8", bytes: PackageResources.index_html),
      "style.css": PageFile(type: "text/css; charset=utf-8", bytes: PackageResources.style_css),
      "api.js": script(PackageResources.api_js), "camera.js": script(PackageResources.camera_js),
      "live.js": script(PackageResources.live_js), "main.js": script(PackageResources.main_js),
      "stream.js": script(PackageResources.stream_js), "strip.js": script(PackageResources.strip_js),
      "upload.js": script(PackageResources.upload_js), "view.js": script(PackageResources.view_js),
      "openapi.yaml": PageFile(type: "application/yaml", bytes: PackageResources.openapi_yaml),
    ]

    private static func script(_ bytes: [UInt8]) -> PageFile {
      PageFile(type: "text/javascript; charset=utf-8", bytes: bytes)
    }
  }
#endif
