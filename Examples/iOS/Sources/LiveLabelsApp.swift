import SwiftUI

@main
struct LiveLabelsApp: App {
  var body: some Scene {
    WindowGroup { LiveView() }
  }
}

/// The camera's picture, the class of what it sees, how long that took, and the list of models.
struct LiveView: View {
  @StateObject private var camera = Camera()
  @State private var model = BundledModel.all.first

  var body: some View {
    ZStack(alignment: .bottom) {
      CameraPreview(session: camera.session).ignoresSafeArea()
      VStack(spacing: 8) {
        Text(camera.text).font(.title2).monospacedDigit().multilineTextAlignment(.center)
        Picker("Model", selection: $model) {
          ForEach(BundledModel.all) { Text($0.name).tag(Optional($0)) }
        }
      }
      .frame(maxWidth: .infinity)
      .padding()
      .background(.ultraThinMaterial)
    }
    .task(id: model) { await camera.start(model) }
    .onDisappear { camera.stop() }
  }
}
