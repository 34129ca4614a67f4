// One import for users: `import VideoAccelerator`.
@_exported import Deployment
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
