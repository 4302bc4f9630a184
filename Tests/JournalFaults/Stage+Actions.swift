import Journal
import Messaging
import SwitchboardTesting

// The actions.
extension Stage {
    func accept(_ events: [Event], at account: ModelAccount = .main) async throws -> String {
        // If an id is used again with different content, the bytes of the delivery must differ too.
        var delivery = delivery(at: account)
        delivery.body = Array(events.map(\.json).joined().utf8)
        return Self.text(try await open().accept(delivery, events))
    }

    static func text(_ outcome: AcceptOutcome) -> String {
        switch outcome {
        case .taken(let receipt):
            "accepted \(receipt.accepted) duplicates \(receipt.duplicates) rejected \(receipt.rejected) differing \(receipt.differing)"
        case .unknownToken: "unknown token"
        case let other: "\(other)"
        }
    }

    func start(_ person: Int, _ customer: Int, _ journal: Journal) async throws -> String {
        switch try await journal.start(request(person, customer)) {
        case .created(let session): return "created \(remember(session, of: person))"
        case .restored(let session):
            let isSame = tokens[person].map { $0 == session.token ? "same" : "other" } ?? "first"
            return "restored \(isSame) \(remember(session, of: person))"
        case .conflict: return "conflict"
        case .metadataFull: return "metadata full"
        case nil: return "no phone"
        }
    }

    func remember(_ session: Session, of person: Int) -> String {
        tokens[person] = session.token
        return
            "\(session.status) \(session.shownCustomerID.count == 36 ? "id" : session.shownCustomerID) \(session.phone ?? "-") \(session.channel.rawValue)"
            + " \(session.createdAt) \(session.lastActivity) \(session.expiresAt) \(session.metadata.count)"
    }

    func change(_ id: Int, _ person: Int) async throws -> String {
        let party = party(person, .phone)
        let next = ReceivedPhone(number(person, isMoved: !moved.contains(person)))
        let change = IdentityChange(type: "number.changed", data: "{}", phone: next, identities: [])
        let event = Event(
            externalID: "change-\(id)", channel: .whatsapp, party: party, effect: .none,
            content: .identity(change))
        let receipt = try await accept([event])
        moved.formSymmetricDifference([person])
        return receipt
    }

    func retake(_ journal: Journal) async throws -> String {
        let letters = try await journal.reader.deadLetters(
            DeadLetterFilter(stage: .normalize), after: 0, limit: 1)
        guard let delivery = letters.first?.letter.deliveryID,
            let capture = try await journal.reader.capture(delivery)
        else {
            return "nothing to take again"
        }
        let retaken = try await journal.retake(capture, [message(9000, party(0, .phone))])
        return "\(Self.text(.taken(retaken.receipt))) \(retaken.settled.count) \(retaken.left.count)"
    }

    func burst(_ id: Int, _ count: Int, _ journal: Journal) async throws -> String {
        // All statuses are equal except for the id, so the order in which they are stored does not matter.
        let outcomes = await withTaskGroup(of: Result<AcceptOutcome, JournalError>.self) { group in
            for id in id..<id + count {
                let (delivery, event) = (delivery(), status(id))
                group.addTask {
                    do throws(JournalError) {
                        return .success(try await journal.accept(delivery, [event]))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        return try outcomes.map { Self.text(try $0.get()) }.sorted().joined(separator: ", ")
    }

    /// Checks every key of a contact by a message that moves only a live session, and makes one start.
    func probe(_ journal: Journal) async throws -> String {
        let keys = try rows(
            """
            SELECT kind, scope, value, EXISTS (SELECT 1 FROM sessions s WHERE s.contact_id = i.contact_id AND s.status = 'active'
              AND s.expires_at > '\(clock.now)') FROM identities i ORDER BY kind, scope, value
            """)
        let count = try rows("SELECT count(*) FROM deliveries")[0][0]
        let events = keys.enumerated().map { index, key in
            let party =
                key[0] == "phone"
                ? Party(phone: ReceivedPhone(key[2], region: key[1].isEmpty ? nil : key[1]))
                : Party(identities: [Identity(kind: key[0], scope: key[1], value: key[2])])
            return message(
                "probe-\(clock.now)-\(count)-\(index)", party, effect: key[3] == "1" ? .moves : .joins)
        }
        let receipt = try await accept(events)
        guard let live = keys.indices.first(where: { keys[$0][0] == "phone" && keys[$0][3] == "1" })
        else { return receipt }
        let region = keys[live][1]
        let phone = ReceivedPhone(keys[live][2], region: region.isEmpty ? nil : region)
        switch try await journal.start(StartRequest(phone: phone, channel: .kiosk)) {
        case .created(let session), .restored(let session):
            return "\(receipt) \(session.phone ?? "-") \(session.lastActivity)"
        case let other: return "\(receipt) \(String(describing: other))"
        }
    }
}
