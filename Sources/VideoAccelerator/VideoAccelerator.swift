// The types that `import VideoAccelerator` makes available: those that most programs name. The others need an import of
// their module.

// Running models.
@_exported import class CPU.Executor
@_exported import class CPU.Session
@_exported import enum IR.RandomWeights
@_exported import enum IR.Precision
@_exported import struct Models.Model
@_exported import struct Zoo.ModelRequest

// Clips and tensors.
@_exported import struct Preprocessing.CameraPicture
@_exported import struct Preprocessing.ClipRecipe
@_exported import struct Preprocessing.Frame
@_exported import struct Tensors.Tensor
@_exported import protocol Tensors.UserFacingError
@_exported import struct Video.DecodedVideo
@_exported import class Video.VideoReader

// Classifying videos and streams.
@_exported import class Streams.FrameClassifier
@_exported import struct Streams.Prediction
@_exported import struct Streams.StreamCounters
@_exported import enum Streams.StreamError
@_exported import enum Streams.StreamMethod
@_exported import struct Streams.StreamOptions
@_exported import struct Streams.StreamPrediction
@_exported import enum Streams.VideoClassifierError

// Designing a network.
@_exported import struct Architectures.Architecture
@_exported import struct Architectures.Classifier
@_exported import struct Architectures.Conv3d3x1x1BnAct
@_exported import struct Architectures.Conv3d3x3x3DwBnAct
@_exported import struct Architectures.Conv3d5x1x1BnAct
@_exported import struct Architectures.Conv3dPwBnAct
@_exported import struct Architectures.Conv3dTemporalKernel1BnAct
@_exported import protocol Architectures.Layer
@_exported import struct Architectures.Sequential
@_exported import struct Architectures.X3DBottleneckBlock
@_exported import enum IR.ActivationFunction
@_exported import struct IR.Graph
@_exported import struct IR.SymbolicTensor

// Deploying a model.
@_exported import struct Passes.DeployedModel
@_exported import protocol Passes.TargetDevice
@_exported import struct Passes.Transmuter
@_exported import struct Quantization.Calibration
@_exported import struct Quantization.Quantizer

// Fine-tuning a model.
@_exported import struct Training.Augmentation
@_exported import struct Training.DataSplit
@_exported import struct Training.LearningRate
@_exported import struct Training.TrainingSettings
