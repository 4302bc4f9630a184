/// The tables that the journal and the shared database have, each described where its rows are written.
public enum Tables {
    /// All of them, as in docs and in the database.
    public static let descriptions: [TableDescription] = [
        contacts.description, identities.description, sessions.description, messages.description, statuses.description, events.description,
        deadLetters.description,
    ]

    /// The columns of a table; nil where there is none of the name.
    public static func description(_ name: String) -> TableDescription? { descriptions.first { $0.name == name } }
}
