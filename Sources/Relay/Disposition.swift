/// What the sender has to do about a call that was not answered as it should be.
public enum Disposition: Sendable, Equatable {
    /// The same again, later.
    case retry
    /// Nothing until somebody has corrected a setting, a permission or the receiver: keep all, say it once, probe now and then.
    case pause
    /// This item will be refused for ever: find it among the others, put it aside, go on.
    case permanent
    /// It was stored before: read back what is there.
    case alreadyThere
}
