import Messaging

extension JournalWriter {
    /// The outcome for an item whose key is stored: it repeats the stored row, completes a message, or differs. `person` is its author, if
    /// known.
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
        // If the contact cannot be determined, the item has no session.
        let decided = succession(isInSession: placement.session != nil)
        guard decided == .completes else { return try repeated(item, as: row, decided) }
        // Keep a digest of the row's former content, so that an item with that content remains a duplicate, as does the delivery that
        // brought it.
        if let fingerprint = try known.fingerprint(ofRowOf: item) {
            try differences.insert(fingerprint, of: item, in: row.deliveryID, at: row.sequence)
        }
        if let session = row.placement.session {
            movesNothing(item)
            // The row's time no longer counts for the session, so the session's own times must be written.
            try times.write(session)
        }
        try messages.complete(row, with: message, item, at: placement)
        return .completing
    }

    private func repeated(_ item: DeliveredItem, as row: KnownItem) throws -> ItemOutcome {
        try repeated(item, as: row, row.saysTheSame ? .repeats : .differs)
    }

    /// A differing item is kept once. An item of the same bytes as the delivery that brought the row never differs, even if this version
    /// reads them differently.
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

    /// A message that is in a session stays there; one without a session gets the session that a new message would get.
    private func placement(of item: DeliveredItem, completing row: KnownItem, by person: ContactRecord?) throws -> Placement {
        guard row.placement.session == nil else { return row.placement }
        guard let record = try record(of: item, by: person) else { return row.placement }
        return Placement(contact: record.contact.id, session: try session(of: record, for: item))
    }
}

/// Caches whether a kept delivery has the same bytes as the delivery that is being stored, so that each kept delivery is compared once: a
/// long history may repeat thousands of items from a few deliveries.
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
