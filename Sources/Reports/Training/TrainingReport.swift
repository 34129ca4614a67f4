import Training

/// How a training went: what a page about it shows.
public struct TrainingReport: Sendable {
  /// Settings that belong together, for people.
  public struct SettingGroup: Sendable {
    /// What they are about.
    public var title: String
    /// Their names and values, in order.
    public var rows: [(name: String, value: String)]

    /// A group.
    public init(_ title: String, _ rows: [(name: String, value: String)]) {
      self.title = title
      self.rows = rows
    }
  }

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
  /// Videos that could not be used.
  public var skipped: SkippedVideos
  /// What is odd about the videos, a sentence each.
  public var warnings: [String]
  /// What training was set to.
  public var settings: [SettingGroup]

  /// A report.
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

  /// The report as one page of HTML that needs nothing else.
  ///
  /// - Parameter origin: How the page came to be.
  public func html(origin: PageOrigin = PageOrigin()) -> String { TrainingPage(report: self).markup(origin).text }
}
