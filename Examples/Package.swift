// swift-tools-version: 6.1
import PackageDescription

// A package that depends on this one as a user's does: the programs of the documentation's articles, which quote them word by
// word, and a sketch of the whole.
let package = Package(
  name: "Examples",
  dependencies: [.package(name: "VideoAccelerator", path: "..")],
  targets: [
    .executableTarget(
      name: "BuildYourOwn",
      dependencies: [
        .product(name: "VideoAccelerator", package: "VideoAccelerator"),
        .product(name: "Autotune", package: "VideoAccelerator"), .product(name: "IR", package: "VideoAccelerator"),
      ]),
    .executableTarget(
      name: "UseTheModelZoo",
      dependencies: [
        .product(name: "VideoAccelerator", package: "VideoAccelerator"),
        .product(name: "Video", package: "VideoAccelerator"),
      ]),
    .executableTarget(
      name: "AccelerateYourModel",
      dependencies: [
        .product(name: "VideoAccelerator", package: "VideoAccelerator"),
        .product(name: "CPU", package: "VideoAccelerator"), .product(name: "IR", package: "VideoAccelerator"),
        .product(name: "Passes", package: "VideoAccelerator"), .product(name: "Tensors", package: "VideoAccelerator"),
      ]),
    .executableTarget(
      name: "Sketch",
      dependencies: [
        .product(name: "VideoAccelerator", package: "VideoAccelerator"),
        .product(name: "IR", package: "VideoAccelerator"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
