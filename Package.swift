// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "VideoAccelerator",
  products: [
    .library(name: "VideoAccelerator", targets: ["Tensors"])
  ],
  targets: [
    .target(name: "Tensors"),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
  ],
  swiftLanguageModes: [.v6]
)
