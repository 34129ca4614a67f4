import Tensors

/// Why videos and classes cannot be trained or evaluated on.
public enum DataSetError: UserFacingError, Equatable {
  /// A folder or list without a video.
  case noVideos(name: String)
  /// A folder whose videos are not in a folder of their class.
  case videosWithoutClasses(folder: String, example: String)
  /// A set in which all videos are of one class.
  case singleClass(name: String, class: String)
  /// A label that is not the number of a class.
  case labelOutOfRange(list: String, line: Int?, label: String, classCount: Int)
  /// A class name that is not among the known ones.
  case unknownClass(list: String, line: Int?, name: String, known: [String])
  /// A list that names files which do not exist.
  case missingFiles(list: String, line: Int, path: String, count: Int, of: Int)
  /// A malformed line of a list.
  case badLine(list: String, line: Int, problem: String)
  /// The annotations that Kinetics is published with: times in videos on the web instead of files.
  case officialAnnotations(list: String)
  /// A set in which fewer than two classes have a video to hold out and one to train on.
  case nothingToHoldOut(name: String, alone: [String])
  /// A list without a file.
  case emptyList(name: String)
  /// Classes without a decodable video, which leaves fewer than two classes.
  case undecodableClasses(name: String, classes: [String], example: String)
  /// A share of videos to hold out that leaves none on one side.
  case badShare(Double)
  /// A batch size that is not positive, or larger than the number of videos where only whole batches are used.
  case badBatchSize(Int, videos: Int)
  /// A folder with several validation folders.
  case severalValidationFolders(folder: String, names: [String])
  /// A video that cannot be decoded, where none may be skipped.
  case badVideo(path: String, reason: String)
  /// A saved split whose videos are no longer where they were.
  case movedVideos(split: String, root: String)
  /// A set without a decodable video.
  case allDamaged(name: String, count: Int, example: String)

  /// A sentence that says what is wrong and how to fix it.
  public var description: String {
    switch self {
    case .noVideos(let name):
      "\(name.printable) holds no videos: it should have a folder for each class with files such as clip.mp4"
    case .videosWithoutClasses(let folder, let example):
      "\(folder.printable) has videos that are in no class, such as \(example.printable): put them into a folder for each class"
    case .singleClass(let name, let only):
      "\(name.printable) has videos of one class alone, \"\(only.printable)\": telling classes apart takes two or more"
    case .labelOutOfRange(let list, let line, let label, let classCount):
      "\(place(list, line)): label \(label) is not 0 to \(classCount - 1)"
    case .unknownClass(let list, let line, let name, let known):
      "\(place(list, line)): there is no class \"\(name.printable)\" among \(listed(known))"
    case .missingFiles(let list, let line, let path, let count, let total):
      "\(place(list, line)): there is no file \(path.printable)"
        + (count > 1 ? " (\(count) of its \(total) files are missing)" : "")
    case .badLine(let list, let line, let problem):
      "\(place(list, line)): \(problem)"
    case .officialAnnotations(let list):
      "\(list.printable) is the list that Kinetics is published with, of times in videos on the web: what is expected here is a line "
        + "for each file on this machine, its path and its label, as in \"archery/clip.mp4 5\""
    case .nothingToHoldOut(let name, let alone):
      "too few videos of \(name.printable) can be held out, as it has one alone of \(listed(alone)): add videos, or give others to "
        + "validate with"
    case .emptyList(let name):
      "\(name.printable) lists no videos: it should have a line for each, its path and its label, as in \"clip.mp4 archery\""
    case .undecodableClasses(let name, let classes, let example):
      "of \(name.printable) no video can be decoded of \(listed(classes)), so there are not two classes to tell apart: \(example)"
    case .badShare(let share):
      "a share of \(share) of the videos cannot be held out: it must be more than 0 and less than 1"
    case .badBatchSize(let size, let videos):
      size > 0
        ? "there are \(videos) videos, too few for one batch of \(size)" : "the batch size is \(size), not 1 or more"
    case .severalValidationFolders(let folder, let names):
      "\(folder.printable) has several folders to validate with, \(listed(names)): say which, or leave one of them"
    case .badVideo(_, let reason): reason
    case .movedVideos(let split, let root):
      "the videos of \(split.printable) are no longer in \(root.printable): say where they are now"
    case .allDamaged(let name, let count, let example):
      "none of the \(count) videos of \(name.printable) can be decoded: \(example)"
    }
  }

  private func place(_ list: String, _ line: Int?) -> String {
    line.map { "\(list.printable), line \($0)" } ?? list.printable
  }
}
