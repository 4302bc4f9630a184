import SQLiteStore

/// Which of a journal's files belong to somebody who should not have them.
public struct JournalOwnership: Sendable, Equatable {
    /// Those that belong to somebody else than their folder does, where root asks: the gateway's user cannot open them.
    public var strays: [String] = []
    /// Those that another user could have put there, since every user may write to their folder.
    public var planted: [String] = []

    /// As it should be.
    public init() {}

    /// Looks at the files of a journal.
    public init(of path: String) {
        strays = StoreFile.strays(of: path)
        planted = StoreFile.planted(of: path)
    }
}
