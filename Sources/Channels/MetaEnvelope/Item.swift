import JSON

/// One item of a change and where it stands, which errors tell and ids are made of.
struct Item {
    let json: JSON
    /// The path of its array in the change's value: "messages", "history[0].threads[1].messages".
    let list: String
    /// Its index in that array.
    let index: Int
    /// How many items of the delivery come before it.
    let ordinal: Int
    /// Whether it is no more than counted where it cannot be read.
    var isCounted = false
}
