import Foundation
import Training

/// The processes that `mpirun` has started together with this one.
public enum LaunchedRanks {
  /// The number of processes; 1 where this one was started by itself.
  public static var count: Int { number("OMPI_COMM_WORLD_SIZE") ?? number("PMI_SIZE") ?? slurmCount ?? 1 }

  /// The number of them on this machine, as far as it is known; 1 otherwise.
  public static var countOnHost: Int { number("OMPI_COMM_WORLD_LOCAL_SIZE") ?? number("MPI_LOCALNRANKS") ?? 1 }

  /// Slurm counts the tasks of every job, but only those that can talk by MPI have a rank.
  private static var slurmCount: Int? { number("PMIX_RANK") == nil ? nil : number("SLURM_NTASKS") }

  private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }

  /// Joins the other processes.
  ///
  /// - Parameter timeout: The number of seconds without a sign of life after which a rank counts as lost.
  /// - Returns: The ranks; nil where this process was started by itself.
  /// - Throws: ``/Training/RankError/notSupported(ranks:)`` if there are others, but the package was built without MPI;
  ///   ``/Training/RankError/communication(reason:)`` if MPI fails.
  public static func join(timeout: Double) throws -> (any LaunchedGroup)? {
    guard count > 1 else { return nil }
    #if MESSAGE_PASSING_USES_MPI
      return try MPIRanks(timeout: timeout)
    #else
      throw RankError.notSupported(ranks: count)
    #endif
  }
}

/// Ranks that are processes, of which this is one.
public protocol LaunchedGroup: RankGroup {
  /// The name of the machine of each rank.
  var hosts: [String] { get }

  /// Waits for the other ranks, and leaves them: there is nothing to exchange any more.
  ///
  /// - Throws: ``/Training/RankError`` if one of them is lost.
  func leave() throws

  /// Ends all ranks, and this process with a status.
  func abort(status: Int32) -> Never
}
