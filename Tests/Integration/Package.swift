// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "Integration",
  dependencies: [.package(name: "VideoAccelerator", path: "../..")],
  targets: [
    .executableTarget(name: "Sketch", dependencies: [.product(name: "VideoAccelerator", package: "VideoAccelerator")])
  ],
  swiftLanguageModes: [.v6]
)
