import Autotune
import Foundation
import IR
import Zoo
import Preprocessing
import Tensors

extension NetworkDesign {
  /// Returns how the network's clips are made: frames scaled to its side and cropped to a square.
  ///
  /// - Throws: `PreprocessingError` if its sizes are out of range.
  public func recipe() throws -> ClipRecipe {
    try ClipRecipe(frameCount: size.frames, samplingRate: size.rate, shortSide: size.side, cropSize: size.side)
  }

  /// Writes the network as a zoo folder without weights: an architecture to be trained.
  ///
  /// - Throws: `FileError` if the folder cannot be written.
  public func write(to path: String) throws {
    let count = architecture.classCount
    let labels = count == Kinetics400.labels.count ? Kinetics400.labels : (0..<count).map { "class \($0)" }
    try ZooFolder.write(architecture: architecture, recipe: recipe(), labels: labels, weights: nil, to: path)
  }
}

extension BlockLatencies {
  /// Returns the latencies on this machine, kept in the user's cache folder between runs.
  ///
  /// - Throws: `ZooError.noCacheFolder` if the environment names none, `RuntimeError` if `ACCELERATOR_ISA` names an
  ///   instruction set that this processor lacks.
  public static func cached(precision: Precision = .fp32, threads: Int = 1) throws -> BlockLatencies {
    let folder = "\(try ModelCache().folder)/latencies"
    // If the folder cannot be created, writing the table fails.
    try? FileSystem.makeFolder(folder)
    return BlockLatencies(try HostMeasurer(precision: precision, threads: threads), folder: folder)
  }
}
