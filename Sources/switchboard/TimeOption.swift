import ArgumentParser
import Messaging
import Replay

/// A time as people name it: RFC 3339, a day, or how long ago.
struct TimeOption: ExpressibleByArgument, Sendable {
    /// What may be written, for help.
    static let forms = "2026-11-22T17:51:27Z, 2026-11-22 (its beginning in UTC), or 90s, 30m, 12h, 7d ago"

    /// The moment.
    let instant: Instant
    /// As it was asked for.
    let text: String

    /// `2026-11-22T17:51:27Z`, `2026-11-22`, `90s`, `30m`, `12h` or `7d` ago.
    init?(argument: String) {
        text = argument
        if let instant = Instant(rfc3339: argument) ?? Instant(rfc3339: "\(argument)T00:00:00Z") {
            self.instant = instant
            return
        }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = argument.last.flatMap({ units[$0] }), let count = Int64(argument.dropLast()), (0...1_000_000).contains(count)
        else {
            return nil
        }
        instant = Instant.now.adding(.seconds(-count * unit))
    }
}

/// `--speed 10x`: how many times faster, at least `ReplayPace.slowestSpeed`.
struct SpeedOption: ExpressibleByArgument, Sendable {
    let factor: Double

    init?(argument: String) {
        guard let factor = Double(argument.hasSuffix("x") ? String(argument.dropLast()) : argument), factor >= ReplayPace.slowestSpeed,
            factor.isFinite
        else {
            return nil
        }
        self.factor = factor
    }
}
