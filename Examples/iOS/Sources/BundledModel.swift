import Foundation

/// A model file in the app.
struct BundledModel: Identifiable, Hashable {
  let url: URL

  var id: URL { url }
  var name: String { url.deletingPathExtension().lastPathComponent }

  /// All of them, by name.
  static let all: [BundledModel] = (Bundle.main.urls(forResourcesWithExtension: "accel", subdirectory: nil) ?? [])
    .map { BundledModel(url: $0 as URL) }
    .sorted { $0.name < $1.name }
}
