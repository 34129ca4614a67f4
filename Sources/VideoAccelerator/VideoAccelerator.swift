// One import for users: `import VideoAccelerator`.
@_exported import Passes
@_exported import Quantization
@_exported import Autotune
@_exported import Reports
@_exported import IR
@_exported import Devices
@_exported import Formats
@_exported import CPU
@_exported import Architectures
@_exported import Zoo
@_exported import Models
@_exported import Preprocessing
@_exported import Tensors
@_exported import Training
@_exported import Video
