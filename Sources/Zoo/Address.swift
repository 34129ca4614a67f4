import Foundation

/// The address of a download.
struct Address: Sendable {
  let url: URL
  /// The address without user name and password, which may be printed and stored.
  let text: String

  /// Creates an address, if `text` is an HTTP address.
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
