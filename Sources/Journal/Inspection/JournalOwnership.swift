import SQLiteStore

/// Those files of a journal that belong to the wrong user.
public struct JournalOwnership: Sendable, Equatable {
    /// If root asks: the files that belong to another user than their folder does, so that the gateway's user cannot open them.
    public var strays: [String] = []
    /// The files that another user could have put there, since every user may write to their folder.
    public var planted: [String] = []

    /// Files without problems.
    public init() {}

    /// Inspects the files of a journal.
    public init(of path: String) {
        strays = StoreFile.strays(of: path)
        planted = StoreFile.planted(of: path)
    }
}
