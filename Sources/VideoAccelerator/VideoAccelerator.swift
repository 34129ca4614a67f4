// One import for users: `import VideoAccelerator`.
@_exported import Deployment
@_exported import Graph
@_exported import Interchange
@_exported import Kernels
@_exported import Layers
@_exported import ModelZoo
@_exported import Models
@_exported import Preprocessing
@_exported import Runtime
@_exported import Tensors
@_exported import Training
@_exported import Video
