// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "VideoAccelerator",
  products: [
    .library(name: "VideoAccelerator", targets: ["Tensors"])
  ],
  targets: [
    .target(name: "Tensors"),
    .target(name: "Kernels", dependencies: ["Tensors"]),
    .target(name: "Graph", dependencies: ["Kernels", "Tensors"]),
    .target(name: "Layers", dependencies: ["Graph", "Kernels", "Tensors"]),
    .target(name: "Models", dependencies: ["Layers", "Graph", "Kernels", "Tensors"]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
  ],
  swiftLanguageModes: [.v6]
)
