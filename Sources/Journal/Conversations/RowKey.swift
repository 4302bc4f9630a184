import Messaging

/// The key of a list of rows in `row_lists`: a number that two different owners almost never share.
struct RowKey: Hashable, Sendable {
    let value: Int64

    /// The key of a contact or a session. Ids that were made one after the other have neighbouring keys, so that a page of lists has those
    /// of people who write at the same time.
    init<Subject>(of id: Identifier<Subject>) {
        let (high, low) = id.bits
        value = Int64(bitPattern: high << 16 | low >> 48)
    }

    /// The key of a message's statuses: FNV-1a, 64 bits (RFC draft “The FNV Non-Cryptographic Hash Algorithm”).
    init(statusesOf externalID: String, _ account: String, _ provider: String) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(provider)/\(account)/\(externalID)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        value = Int64(bitPattern: hash)
    }
}
