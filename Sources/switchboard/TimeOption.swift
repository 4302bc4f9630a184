import ArgumentParser
import Messaging
import Replay

/// A time as people name it: RFC 3339, a day, or how long ago.
struct TimeOption: Sendable {
    /// What may be written, for help.
    static let forms = "2026-11-22T17:51:27Z, 2026-11-22 (00:00 UTC of that day), or an age: 90s, 30m, 12h, 7d"

    /// The moment.
    let instant: Instant
    /// As it was asked for.
    let text: String

    /// `2026-11-22T17:51:27Z`, `2026-11-22`, `90s`, `30m`, `12h` or `7d` ago. Throws, for anything else, what may be written.
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

    /// Throws where the time of `--since` is yet to come; asked by a list that finds nothing.
    func requirePast(at now: Instant = .now) throws {
        guard instant > now else { return }
        throw ValidationError("--since \(text) is in the future, so nothing can match")
    }
}

/// `--speed 10x`: how many times faster, at least `ReplayPace.slowestSpeed`.
struct SpeedOption: Sendable {
    let factor: Double

    /// `10x` or `10`. Throws, for anything else, what may be written.
    init(_ argument: String) throws {
        guard let factor = Double(argument.hasSuffix("x") ? String(argument.dropLast()) : argument), factor >= ReplayPace.slowestSpeed,
            factor.isFinite
        else {
            throw ValidationError("write a factor such as 10x or 0.5x, at least 0.001x")
        }
        self.factor = factor
    }
}
