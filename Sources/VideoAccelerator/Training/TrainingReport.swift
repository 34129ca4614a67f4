import Training

/// How a training went: what a page about it shows.
public struct TrainingReport: Sendable {
  /// What the trained model is called.
  public var model: String
  /// The classes.
  public var classes: [String]
  /// The steps and epochs.
  public var history: TrainingHistory
  /// How the model judges the videos of validation; nil without such.
  public var confusion: ConfusionMatrix?
  /// Whether the model that was kept is the one that training began with, as no epoch did better.
  public var keepsStart: Bool
  /// What was passed over.
  public var skipped: SkippedVideos
  /// What is odd about the videos, a sentence each.
  public var warnings: [String]
  /// What training was set to, by name, in order.
  public var settings: [(name: String, value: String)]

  /// A report.
  ///
  /// - Precondition: The confusion matrix is of these classes.
  public init(
    model: String, classes: [String], history: TrainingHistory, confusion: ConfusionMatrix? = nil,
    keepsStart: Bool = false, skipped: SkippedVideos = SkippedVideos(), warnings: [String] = [],
    settings: [(name: String, value: String)] = []
  ) {
    precondition(confusion.map { $0.classCount == classes.count } ?? true, "a confusion matrix of the classes")
    self.model = model
    self.classes = classes
    self.history = history
    self.confusion = confusion
    self.keepsStart = keepsStart
    self.skipped = skipped
    self.warnings = warnings
    self.settings = settings
  }

  /// The report as one page of HTML that needs nothing else.
  public var html: String { TrainingPage(report: self).markup.text }
}
