import Journal
import Messaging

extension ReplayRun {
    /// Reads the captures and stores nothing. With readers of a journal it tells what differs from what the journal holds; each of them is
    /// a connection, so that several blocks are compared at a time. Throws the journal's errors.
    public mutating func read(comparingWith readers: [JournalReader] = [], tell: Tell) async throws {
        let events = events
        var run = self
        defer { self = run }
        var feed = run
        var number = 0
        try await inOrder(width: 4) {
            await feed.nextBlock().map { block in
                defer { number += 1 }
                return (block, readers.isEmpty ? nil : readers[number % readers.count])
            }
        } work: { (block: NumberedBlock, reader: JournalReader?) in
            await ReadBlock(block, events, reader)
        } consume: { block in
            try run.count(block, tell: tell)
        }
        run.isComplete = run.isComplete && feed.isComplete
    }

    private mutating func count(_ block: ReadBlock, tell: Tell) throws(JournalError) {
        summary.count(read: block.deliveries, events: block.kinds, differences: try block.differences.get().count)
        for _ in 0..<block.skipped { summary.countSkipped() }
        for problem in block.problems {
            summary.countProblem()
            tell(.problem(problem))
        }
        for (capture, refusal) in block.refused { count(.refused(refusal), of: capture, tell: tell) }
        for difference in try block.differences.get() { tell(.difference(difference)) }
        if let place = block.place { tell(.reached(place)) }
    }
}

/// A difference with the delivery that was read again.
public struct FoundDifference: Sendable, Equatable {
    /// Where the delivery was read.
    public let capture: SourcedCapture
    /// What differs.
    public let difference: CaptureDifference
}

/// What today's adapters make of a block.
private struct ReadBlock: Sendable {
    var deliveries = 0
    var kinds: [String: Int] = [:]
    var skipped = 0
    var problems: [CaptureProblem] = []
    var refused: [(SourcedCapture, ReplayRefusal)] = []
    var differences: Result<[FoundDifference], JournalError> = .success([])
    var place: ReplayPlace?

    init(_ block: NumberedBlock, _ events: CaptureEvents, _ reader: JournalReader?) async {
        var made: [(SourcedCapture, [Event])] = []
        for item in block.items() {
            place = ReplayPlace(source: block.source, point: item.end)
            switch ReadItem(item, events).result {
            case .read(let capture, let events): made.append((capture, events))
            case .refused(let capture, let refusal): refused.append((capture, refusal))
            case .problem(let problem): problems.append(problem)
            case .skipped: skipped += 1
            }
        }
        deliveries = made.count
        for (_, events) in made {
            for event in events { kinds[event.kindAndType, default: 0] += 1 }
        }
        if let reader { differences = await ReadBlock.compare(made, reader) }
    }

    private static func compare(
        _ made: [(SourcedCapture, [Event])], _ reader: JournalReader
    ) async -> Result<[FoundDifference], JournalError> {
        do throws(JournalError) {
            var captures: [Capture] = []
            for (capture, _) in made { captures.append(try await reader.place(capture)) }
            let pairs = zip(captures, made).map { ReadCapture($0, $1.1) }
            let differences = try await reader.differences(pairs)
            guard !differences.isEmpty else { return .success([]) }
            let sources = Dictionary(zip(captures.map(\.id), made.map(\.0))) { first, _ in first }
            return .success(
                differences.compactMap { difference in
                    sources[difference.capture].map { FoundDifference(capture: $0, difference: difference) }
                })
        } catch {
            return .failure(error)
        }
    }
}

extension JournalReader {
    /// A capture as this journal knows it. One from a file is looked for by its id; where the file names none, or the journal does not have
    /// it, it is given an id that no journal has, and only its items' own ids can be compared.
    fileprivate func place(_ sourced: SourcedCapture) async throws(JournalError) -> Capture {
        let id = sourced.line.id.flatMap { DeliveryID($0) }
        var capture = Capture(
            id: id ?? DeliveryID(milliseconds: 0, sequence: 0, random: UInt64(bitPattern: Int64(sourced.origin.description.hashValue))),
            position: sourced.position, delivery: sourced.delivery, state: sourced.line.state, person: sourced.line.person)
        if let id, sourced.position == 0 { capture.position = try await self.capture(id)?.position ?? 0 }
        return capture
    }
}
