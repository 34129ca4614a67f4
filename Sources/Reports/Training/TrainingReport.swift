import Training

/// The data of a training run that a page shows.
public struct TrainingReport: Sendable {
  /// A group of settings.
  public struct SettingGroup: Sendable {
    /// The title of the group.
    public var title: String
    /// The names and values, in order.
    public var rows: [(name: String, value: String)]

    /// Creates a group.
    public init(_ title: String, _ rows: [(name: String, value: String)]) {
      self.title = title
      self.rows = rows
    }
  }

  /// The name of the trained model.
  public var model: String
  /// The names of the classes.
  public var classes: [String]
  /// The steps and epochs.
  public var history: TrainingHistory
  /// The confusion matrix on the validation videos; nil without any.
  public var confusion: ConfusionMatrix?
  /// Whether the initial weights were kept, as no epoch was better.
  public var keepsStart: Bool
  /// The videos that could not be used.
  public var skipped: SkippedVideos
  /// Warnings about the videos, a sentence each.
  public var warnings: [String]
  /// The settings of the run.
  public var settings: [SettingGroup]

  /// Creates a report.
  ///
  /// - Precondition: The confusion matrix is of these classes.
  public init(
    model: String, classes: [String], history: TrainingHistory, confusion: ConfusionMatrix? = nil,
    keepsStart: Bool = false, skipped: SkippedVideos = SkippedVideos(), warnings: [String] = [],
    settings: [SettingGroup] = []
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

  /// Returns the report as a self-contained HTML page.
  ///
  /// - Parameter origin: How the page was made.
  public func html(origin: PageOrigin = PageOrigin()) -> String { TrainingPage(report: self).markup(origin).text }
}
