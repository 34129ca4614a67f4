import Foundation
import Zoo
import Testing

@Suite("The environment")
struct EnvironmentTests {
  #if os(Linux)
    private static let homeCache = "/home/me/.cache/video-accelerator"
  #else
    private static let homeCache = "/home/me/Library/Caches/video-accelerator"
  #endif

  @Test(
    "names the cache",
    arguments: [
      (["ACCELERATOR_HOME": "/a", "XDG_CACHE_HOME": "/x", "HOME": "/home/me"], "/a"),
      (["ACCELERATOR_HOME": "here", "HOME": "/home/me"], "here"),
      (["ACCELERATOR_HOME": "", "XDG_CACHE_HOME": "/x", "HOME": "/home/me"], "/x/video-accelerator"),
      (["XDG_CACHE_HOME": "", "HOME": "/home/me"], homeCache),
      (["XDG_CACHE_HOME": "relative", "HOME": "/home/me"], homeCache),
      (["HOME": "/home/me"], homeCache),
    ])
  func folder(environment: [String: String], folder: String) throws {
    #expect(try ModelCache(environment: environment).folder == folder)
  }

  @Test("may name no cache")
  func noFolder() {
    #expect(throws: ZooError.noCacheFolder) { try ModelCache(environment: ["HOME": ""]) }
  }

  #if os(Linux)
    // In processes of their own, because the environment is a process's and libcurl reads it there.
    @Test("names the proxy to ask, for HTTP")
    func proxy() async {
      await #expect(processExitsWith: .success) {
        let proxy = try LocalServer { _ in .init(body: bytes) }
        setenv("http_proxy", "http://127.0.0.1:\(proxy.port)", 1)
        let home = TemporaryCache()
        _ = try await home.cache.pull(entry, from: "http://models.invalid/x.pyth")
        try #require(proxy.requests.map(\.target) == ["http://models.invalid/x.pyth"])
      }
    }

    @Test("names the proxy to ask, for HTTPS, whose refusal is reported")
    func secureProxy() async {
      await #expect(processExitsWith: .success) {
        let proxy = try LocalServer { _ in .init(status: 403) }
        setenv("https_proxy", "http://127.0.0.1:\(proxy.port)", 1)
        let home = TemporaryCache()
        let error = await #expect(throws: ZooError.self) {
          try await home.cache.pull(entry, from: "https://models.invalid/x.pyth")
        }
        try #require(error?.description.hasPrefix("https://models.invalid/x.pyth cannot be reached: ") == true)
        try #require(proxy.requests.map(\.method) == ["CONNECT"])
        try #require(proxy.requests.map(\.target) == ["models.invalid:443"])
      }
    }

    @Test("names hosts that no proxy is for")
    func noProxy() async {
      await #expect(processExitsWith: .success) {
        let proxy = try LocalServer { _ in .init(status: 500) }
        let server = try LocalServer { _ in .init(body: bytes) }
        setenv("http_proxy", "http://127.0.0.1:\(proxy.port)", 1)
        setenv("no_proxy", "127.0.0.1", 1)
        let home = TemporaryCache()
        _ = try await home.cache.pull(entry, from: server.url)
        try #require(proxy.requests.isEmpty)
      }
    }
  #endif
}
