extension String {
    /// The text as PostgreSQL can store it: U+FFFD replaces U+0000. Keys are converted at once; otherwise two ids in a journal could become
    /// one in the database.
    var storable: String {
        guard utf8.contains(0) else { return self }
        return String(UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
    }
}
