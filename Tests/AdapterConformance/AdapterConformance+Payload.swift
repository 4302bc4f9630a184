import Messaging

extension AdapterConformance {
    func checkReadable() throws {
        let events = try makeAdapter(current).events(in: delivery(message("Hello")))
        try require(events.count == 1, "it gave \(events.count) events")
        try require(events.compactMap(\.text) == ["Hello"], "the text is \(events.compactMap(\.text))")
        try require(events.allSatisfy { $0.effect == .moves && !$0.externalID.isEmpty }, "it gave \(events)")
    }

    func checkMalformed(_ bodies: [[UInt8]]) throws {
        for body in bodies {
            switch try reading(of: body) {
            case .success(let events): throw ConformanceFailure(reason: "it gave \(events)")
            case .failure(let error): try require(error.code == .malformed, "it was refused because \(error)")
            }
        }
    }

    func checkNested() throws {
        let levels = 100_000
        let array = [UInt8](repeating: UInt8(ascii: "["), count: levels)
        let object = Array(repeatElement(Array("{\"a\":".utf8), count: levels).joined())
        let closed = array + [UInt8](repeating: UInt8(ascii: "]"), count: levels)
        try checkMalformed([array, object, closed])
    }

    func checkNotUTF8() throws {
        let mark = UInt8(ascii: "~")
        let invalid: [[UInt8]] = [[0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC0, 0xAF]]
        try checkMalformed(invalid.map { bytes in message("~").utf8.flatMap { $0 == mark ? bytes : [$0] } })
    }

    func checkHuge() throws {
        let text = String(repeating: "long", count: 1 << 20)
        switch try reading(of: Array(message(text).utf8)) {
        case .success(let events): try require(events.compactMap(\.text) == [text], "it gave \(events.count) events, or another text")
        case .failure(let error): try require(error.code == .field && error.field != nil, "it was refused because \(error)")
        }
    }

    func checkUnknownType() throws {
        let events = try makeAdapter(current).events(in: delivery(unknownType))
        try require(events.count == 1 && events.allSatisfy(\.isUnsupported), "it gave \(events)")
    }

    func checkBatch() throws {
        guard let batch else { throw ConformanceFailure(reason: "the suite has no batch: give it one, or leave out this rule") }
        let events = try makeAdapter(current).events(in: delivery(batch))
        let readable = events.filter { !$0.isUnreadable }
        try require(events.count - readable.count == 1, "\(events.count - readable.count) items were unreadable")
        try require(readable.count == neighbours, "\(readable.count) items were read")
        try require(Set(events.map(\.externalID)).count == events.count, "two items have one id: \(events.map(\.externalID))")
    }

    func checkAnswered() throws {
        let adapter = try makeAdapter(current)
        for counts in [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0), (70_000, 2, 3)] {
            let outcome = DeliveryOutcome(accepted: counts.0, duplicates: counts.1, rejected: counts.2)
            guard let reply = adapter.reply(to: outcome) else { continue }
            try require((200...299).contains(reply.status), "\(outcome) is answered \(reply.status)")
            try require((reply.contentType != nil) == !reply.body.isEmpty, "\(outcome) is answered \(reply)")
        }
    }

    func checkSample() throws {
        guard let sample = Adapter.traits.sample else { return }
        let adapter = try makeAdapter(current)
        let events = try ["0123456789abcdef", "fedcba9876543210"].flatMap { id in
            var delivery = delivery(sample.body(id: id, at: now))
            delivery.headers = [Delivery.Header(lowercase: "content-type", sample.contentType)]
            return try adapter.events(in: delivery)
        }
        try require(events.count == 2 && events.allSatisfy { $0.effect == .moves && $0.text != nil }, "it gave \(events)")
        try require(events.allSatisfy { $0.party?.phone != nil }, "it names nobody: \(events)")
        try require(Set(events.map(\.externalID)).count == 2, "two samples have one id")
    }

    private func reading(of body: [UInt8]) throws -> Result<[Event], PayloadError> {
        let adapter = try makeAdapter(current)
        do throws(PayloadError) {
            return .success(try adapter.events(in: delivery(body)))
        } catch {
            return .failure(error)
        }
    }
}

extension Event {
    fileprivate var text: String? {
        if case .message(let message) = content { message.text } else { nil }
    }

    fileprivate var isUnsupported: Bool {
        switch content {
        case .message(let message): message.type == .unsupported
        case .unsupported: true
        default: false
        }
    }

    fileprivate var isUnreadable: Bool {
        if case .unreadable = content { true } else { false }
    }
}
