// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "VideoAccelerator",
  products: [
    .library(name: "VideoAccelerator", targets: ["Tensors"])
  ],
  targets: [
    .target(name: "Tensors"),
    .target(name: "Interchange", dependencies: ["Tensors"]),
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
    .testTarget(name: "InterchangeTests", dependencies: ["Interchange", "Tensors", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
