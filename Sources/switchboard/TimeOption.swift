import ArgumentParser
import Messaging
import Replay

/// A time as users write it: RFC 3339, a day, or an age.
struct TimeOption: Sendable {
    /// The accepted forms, for help.
    static let forms = "2026-11-22T17:51:27Z, 2026-11-22 (00:00 UTC of that day), or an age: 90s, 30m, 12h, 7d"

    /// The time that the text stands for.
    let instant: Instant
    /// The text as the user wrote it.
    let text: String

    /// Reads `2026-11-22T17:51:27Z`, `2026-11-22`, or an age: `90s`, `30m`, `12h`, `7d`. For any other text the error lists these forms.
    init(_ argument: String) throws {
        text = argument
        if let instant = Instant(rfc3339: argument) ?? Instant(rfc3339: "\(argument)T00:00:00Z") {
            self.instant = instant
            return
        }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = argument.last.flatMap({ units[$0] }), let count = Int64(argument.dropLast()), (0...1_000_000).contains(count)
        else {
            throw ValidationError("write a time as \(Self.forms)")
        }
        instant = Instant.now.adding(.seconds(-count * unit))
    }

    /// Throws if the time of `--since` is in the future; called by a list that found nothing.
    func requirePast(at now: Instant = .now) throws {
        guard instant > now else { return }
        throw ValidationError("--since \(text) is in the future, so nothing can match")
    }
}

/// `--speed 10x`: the factor by which the replay is faster, at least `ReplayPace.slowestSpeed`.
struct SpeedOption: Sendable {
    let factor: Double

    /// Reads `10x` or `10`. For any other text the error shows these forms.
    init(_ argument: String) throws {
        guard let factor = Double(argument.hasSuffix("x") ? String(argument.dropLast()) : argument), factor >= ReplayPace.slowestSpeed,
            factor.isFinite
        else {
            throw ValidationError("write a factor such as 10x or 0.5x, at least 0.001x")
        }
        self.factor = factor
    }
}
