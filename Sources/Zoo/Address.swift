import Foundation

/// Where to download from.
struct Address: Sendable {
  let url: URL
  /// The address as it may be printed and stored: without a user's name and password.
  let text: String

  /// Checks that `text` is an HTTP address.
  init(_ text: String) throws(ZooError) {
    guard var components = URLComponents(string: text), let url = components.url, !(components.host ?? "").isEmpty,
      ["http", "https"].contains(components.scheme?.lowercased())
    else { throw .badAddress(text) }
    self.url = url
    components.user = nil
    components.password = nil
    self.text = components.string ?? text
  }
}
