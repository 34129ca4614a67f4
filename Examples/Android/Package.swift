// swift-tools-version: 6.1
import PackageDescription

// The C library as a shared one for the app, with the Swift runtime in it; flags as in scripts/build-library.
let package = Package(
  name: "AndroidExample",
  products: [.library(name: "videoaccelerator", type: .dynamic, targets: ["Library"])],
  dependencies: [.package(name: "VideoAccelerator", path: "../..")],
  targets: [
    .target(
      name: "Library", dependencies: [.product(name: "CVideoAccelerator", package: "VideoAccelerator")],
      path: "Library",
      linkerSettings: [
        .unsafeFlags([
          "-static-stdlib", "-use-ld=lld", "-Xlinker", "-soname=libvideoaccelerator.so", "-Xlinker", "-z", "-Xlinker",
          "nostart-stop-gc", "-Xlinker", "-s",
        ])
      ])
  ]
)
