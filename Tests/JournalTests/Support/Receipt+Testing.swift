import Journal

extension Receipt {
    init(accepted: Int = 0, duplicates: Int = 0) {
        self.init()
        self.accepted = accepted
        self.duplicates = duplicates
    }
}
