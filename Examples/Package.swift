// swift-tools-version: 6.1
import PackageDescription

// The programs of the documentation's articles, which quote them word by word.
let package = Package(
  name: "Examples",
  dependencies: [.package(name: "VideoAccelerator", path: "..")],
  targets: [
    .executableTarget(
      name: "BuildYourOwn", dependencies: [.product(name: "VideoAccelerator", package: "VideoAccelerator")])
  ],
  swiftLanguageModes: [.v6]
)
