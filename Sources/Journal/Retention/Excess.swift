/// Whether something takes more than it may, to be said when it begins to.
struct Excess {
    private var isOver = false

    /// Notes a size; true where it is over the limit and was not before.
    mutating func isNews(_ size: Int64, over limit: Int64) -> Bool {
        defer { isOver = size > limit }
        return size > limit && !isOver
    }
}
