extension String {
    /// As PostgreSQL can store it: U+FFFD stands for U+0000. What keys are made of is so from the beginning; otherwise two ids would be two in a
    /// journal and one in the database.
    var storable: String {
        guard utf8.contains(0) else { return self }
        return String(UnicodeScalarView(unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
    }
}
