import Messaging

/// Compares the database's clock with ours: with different clocks, a session that is over for one side is live for the other.
struct ClockRule {
    /// How far the database's clock is ahead of ours.
    let skew: Duration

    /// `sent` and `received` are our times before and after the database reported `now`.
    init(database now: Instant, sent: Instant, received: Instant) {
        skew = now.since(sent.adding(received.since(sent) / 2))
    }

    /// A few seconds do not matter; minutes end sessions.
    var finding: Finding {
        let seconds = abs(skew.components.seconds)
        let side = skew < .zero ? "behind" : "ahead of"
        guard seconds > 5 else { return Finding(.ok, "supabase.clock", "agrees with ours") }
        return Finding(
            seconds > 300 ? .fail : .warn, "supabase.clock", "the database's is \(seconds) s \(side) ours",
            advice: "set this machine's clock by NTP: `timedatectl set-ntp true`")
    }
}
