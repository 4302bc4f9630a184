import Messaging

extension JournalWriter {
    /// What becomes of an item whose key is stored: the same again, what the stored message lacks, or something else. `person` did what it says,
    /// where that is known.
    func again(_ item: DeliveredItem, as row: KnownItem, by person: ContactRecord?) throws -> ItemOutcome {
        guard case .message(let message) = item.event.content else { return try repeated(item, as: row) }
        let isPlaceholder = known.isPlaceholder(message, of: item.delivery.adapter)
        let stored = MessageSuccession.Side(isPlaceholder: row.isPlaceholder, isInSession: row.placement.session != nil)
        func succession(isInSession: Bool) -> MessageSuccession {
            MessageSuccession(
                of: MessageSuccession.Side(isPlaceholder: isPlaceholder, isInSession: isInSession), to: stored,
                saysTheSame: row.saysTheSame)
        }
        let mayMove = item.event.effect == .moves && (person != nil || item.event.party != nil)
        guard succession(isInSession: mayMove) == .completes else { return try repeated(item, as: row, succession(isInSession: mayMove)) }
        let placement = try placement(of: item, completing: row, by: person)
        // Whoever cannot be found has no session.
        let decided = succession(isInSession: placement.session != nil)
        guard decided == .completes else { return try repeated(item, as: row, decided) }
        // What the row said until now is known for good, like the delivery that brought it.
        if let fingerprint = try known.fingerprint(ofRowOf: item) {
            try differences.insert(fingerprint, of: item, in: row.deliveryID, at: row.sequence)
        }
        if let session = row.placement.session {
            movesNothing(item)
            // What the row told until now.
            try times.write(session)
        }
        try messages.complete(row, with: message, item, at: placement)
        return .completing
    }

    private func repeated(_ item: DeliveredItem, as row: KnownItem) throws -> ItemOutcome {
        try repeated(item, as: row, row.saysTheSame ? .repeats : .differs)
    }

    /// What differs is kept once. The bytes that brought the row are no news, whatever this version reads out of them.
    private func repeated(_ item: DeliveredItem, as row: KnownItem, _ succession: MessageSuccession) throws -> ItemOutcome {
        guard succession == .differs else { return .duplicate }
        let (fingerprint, former) = known.fingerprints(of: item)
        if try differences.contains(fingerprint) || differences.contains(former) { return .duplicate }
        if let id = row.deliveryID, id != item.deliveryID {
            let isSame = try sameDeliveries.answer(id, for: item.deliveryID) { try known.isKept(item.delivery, as: id) }
            if isSame { return .duplicate }
        }
        try differences.insert(fingerprint, of: item, in: item.deliveryID, at: sequence.next)
        return .differing
    }

    /// A message stays in the session in which it was; one that was in none comes where a new one would.
    private func placement(of item: DeliveredItem, completing row: KnownItem, by person: ContactRecord?) throws -> Placement {
        guard row.placement.session == nil else { return row.placement }
        guard let record = try record(of: item, by: person) else { return row.placement }
        return Placement(contact: record.contact.id, session: try session(of: record, for: item))
    }
}

/// Whether kept deliveries have the bytes of the one that is being stored, which is asked once for each of them: a long history may repeat
/// thousands of items of a few.
struct SameDeliveries {
    private var deliveryID: DeliveryID?
    private var answers: [DeliveryID: Bool] = [:]

    mutating func answer(_ id: DeliveryID, for deliveryID: DeliveryID, _ ask: () throws -> Bool) rethrows -> Bool {
        if self.deliveryID != deliveryID {
            self.deliveryID = deliveryID
            answers.removeAll()
        }
        if let answer = answers[id] { return answer }
        let answer = try ask()
        answers[id] = answer
        return answer
    }
}
